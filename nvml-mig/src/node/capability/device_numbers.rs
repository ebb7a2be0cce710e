//! Major and minor numbers of device nodes.

use std::io;

use crate::error::DriverFileError;
use crate::error::environment::Place;
use crate::error::hint::{self, Devices};
use crate::node::DriverFiles;

/// Linux has 20 bits for it.
pub(super) const MOST_MINOR: u32 = (1 << 20) - 1;

/// Linux has 12 bits for it.
const MOST_MAJOR: u32 = (1 << 12) - 1;

/// Character devices that the driver registers under one major number.
#[derive(Debug)]
pub(in crate::node) struct Registered {
    /// Their names in `<proc>/devices`; drivers differ.
    names: &'static [&'static str],
    devices: Devices,
}

pub(super) const CAPABILITIES: Registered = Registered {
    names: &["nvidia-caps"],
    devices: Devices::Capabilities,
};

/// `/dev/nvidiactl` and `/dev/nvidiaN`.
#[cfg(all(feature = "nodes", target_os = "linux"))]
pub(in crate::node) const GPUS: Registered = Registered {
    names: &["nvidia", "nvidia-frontend"],
    devices: Devices::Gpus,
};

/// `/dev/nvidia-uvm`.
#[cfg(all(feature = "nodes", target_os = "linux"))]
pub(in crate::node) const UNIFIED_MEMORY: Registered = Registered {
    names: &["nvidia-uvm"],
    devices: Devices::UnifiedMemory,
};

/// Reads the major number of these devices: `<proc>/devices` has lines such as `235 nvidia-caps`, first for character
/// devices, then for block devices.
pub(in crate::node) fn major(
    files: &DriverFiles,
    registered: &Registered,
) -> Result<u32, DriverFileError> {
    let file = files.read("devices")?;
    let character = file
        .lines()
        .take_while(|(_, text)| !text.starts_with("Block devices:"));
    for (line, text) in character {
        let mut words = text.split_whitespace();
        let (major, name) = (words.next(), words.next());
        if name.is_some_and(|name| registered.names.contains(&name)) {
            return file.number((line, text), major, MOST_MAJOR);
        }
    }
    let name = registered.names.first().copied().unwrap_or_default();
    let remedy = hint::no_devices(registered.devices, Place::read());
    let message = format!("it has no character devices '{name}'; {remedy}");
    Err(file.lacks(io::ErrorKind::NotFound, message))
}
