//! Remedies for what `/proc` lacks of the driver.

use crate::error::environment::Place;

const WSL: &str = "under WSL the driver is that of Windows, which has none";
const JOB: &str = "request a GPU for this job, so that it runs on a node with the NVIDIA driver";

/// Character devices that a kernel module of the driver registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Devices {
    #[cfg(any(test, all(feature = "nodes", target_os = "linux")))]
    Gpus,
    Capabilities,
    #[cfg(any(test, all(feature = "nodes", target_os = "linux")))]
    UnifiedMemory,
}

/// Returns the message about a file of the driver that is not there.
pub(crate) fn no_driver_file(place: Place) -> String {
    let remedy = match place {
        Place::Host => "load the NVIDIA driver with `modprobe nvidia`",
        Place::Container => {
            "check that the NVIDIA driver of the host is loaded, and that the files are read in the host's /proc"
        }
        Place::Job => JOB,
        Place::Wsl => WSL,
    };
    format!("not found; {remedy}")
}

/// Returns the remedy for devices that `/proc/devices` lacks.
pub(crate) const fn no_devices(devices: Devices, place: Place) -> &'static str {
    match (devices, place) {
        (_, Place::Wsl) => WSL,
        #[cfg(any(test, all(feature = "nodes", target_os = "linux")))]
        (Devices::UnifiedMemory, _) => no_unified_memory(place),
        (_, Place::Job) => JOB,
        (Devices::Capabilities, Place::Host) => {
            "load the NVIDIA driver, 450 or newer, with `modprobe nvidia`"
        }
        (Devices::Capabilities, Place::Container) => {
            "check that the host has the NVIDIA driver, 450 or newer, and that it is loaded"
        }
        #[cfg(any(test, all(feature = "nodes", target_os = "linux")))]
        (Devices::Gpus, Place::Host) => "load the NVIDIA driver with `modprobe nvidia`",
        #[cfg(any(test, all(feature = "nodes", target_os = "linux")))]
        (Devices::Gpus, Place::Container) => "check that the NVIDIA driver of the host is loaded",
    }
}

/// Its module is loaded only when a program needs it.
#[cfg(any(test, all(feature = "nodes", target_os = "linux")))]
const fn no_unified_memory(place: Place) -> &'static str {
    match place {
        Place::Container => "its kernel module nvidia-uvm must be loaded on the host",
        Place::Job => "tell the administrator of this machine to load its kernel module nvidia-uvm",
        Place::Host | Place::Wsl => {
            "load its module with `modprobe nvidia-uvm` or `nvidia-modprobe -u`"
        }
    }
}
