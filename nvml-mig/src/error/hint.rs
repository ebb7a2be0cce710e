//! Hints that follow from the return code and the kind of call, without further queries.

use super::{Cause, ReturnCode};

/// A cause, and a sentence with a remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hint {
    pub(crate) cause: Cause,
    pub(crate) text: String,
}

impl Cause {
    /// Combines a cause and a remedy.
    pub(crate) fn hint(self, text: impl Into<String>) -> Hint {
        let text = text.into();
        Hint { cause: self, text }
    }
}

/// Hints for initialising NVML.
pub(crate) fn init(code: ReturnCode) -> Option<Hint> {
    Some(match code {
        ReturnCode::DriverNotLoaded => Cause::DriverNotLoaded.hint(
            "driver not loaded: the kernel driver is not running, or /dev/nvidiactl is missing here; on the host, load \
             the driver with `modprobe nvidia`, and see `dmesg` if that fails; in a container, or a service with \
             PrivateDevices=, provide the device files; under WSL, use the library in /usr/lib/wsl/lib",
        ),
        ReturnCode::LibraryDriverVersionMismatch => Cause::DriverVersionMismatch.hint(
            "the library and the running kernel driver have different versions, as after an update; reboot, or \
             reload the kernel driver; its version is in /proc/driver/nvidia/version",
        ),
        ReturnCode::NoPermission => Cause::NoPermission.hint(
            "this process may not open /dev/nvidiactl; check the permissions of the device files, and in a \
             container that the GPU was passed in",
        ),
        _ => return None,
    })
}

/// Hints for return codes of any call.
pub(crate) fn general(code: ReturnCode) -> Option<Hint> {
    Some(match code {
        ReturnCode::NoPermission => Cause::NoPermission.hint(
            "run as root or with CAP_SYS_ADMIN; in a container, start it with \
             `--cap-add=SYS_ADMIN -e NVIDIA_MIG_CONFIG_DEVICES=all`",
        ),
        ReturnCode::Success => Cause::ImplausibleAnswer.hint(
            "NVML reports success, but its answer can't be right; this driver may use other structures than nvml.h: \
             please report its version",
        ),
        ReturnCode::GpuIsLost => {
            Cause::GpuBroken.hint("the GPU fell off the bus; see `dmesg`, and reboot")
        }
        ReturnCode::ResetRequired => {
            Cause::GpuBroken.hint("reset the GPU with `nvidia-smi --gpu-reset`, or reboot")
        }
        _ => return None,
    })
}

/// Hints for looking up a GPU or MIG device.
pub(crate) fn look_up(code: ReturnCode) -> Option<Hint> {
    match code {
        ReturnCode::NoPermission => Some(Cause::NoPermission.hint(
            "this process may not open the GPU's /dev/nvidiaN; check the permissions of the device files, and in a \
             container that this GPU was passed in",
        )),
        ReturnCode::InvalidArgument | ReturnCode::NotFound => {
            let text = "no such device exists; list the devices with `nvidia-smi -L`";
            Some(Cause::Gone.hint(text))
        }
        other => general(other),
    }
}

pub(crate) fn mig_device_gone() -> Hint {
    let text = "this MIG device no longer exists: its compute instance was destroyed";
    Cause::Gone.hint(text)
}

pub(crate) fn gone() -> Hint {
    Cause::Gone.hint("it no longer exists: this or another process destroyed it")
}

pub(crate) fn not_mig_capable() -> Hint {
    Cause::NotMigCapable.hint("this GPU has no MIG")
}

pub(crate) fn vgpu_guest() -> Hint {
    Cause::VgpuGuest.hint("this is a vGPU guest: its host partitions the GPU")
}
