//! Major and minor numbers of device nodes.

use std::io;

use crate::error::DriverFileError;
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
    remedy: &'static str,
}

pub(super) const CAPABILITIES: Registered = Registered {
    names: &["nvidia-caps"],
    remedy: "load the NVIDIA driver, 450 or newer, with `modprobe nvidia`",
};

/// `/dev/nvidiactl` and `/dev/nvidiaN`.
#[cfg(all(feature = "nodes", target_os = "linux"))]
pub(in crate::node) const GPUS: Registered = Registered {
    names: &["nvidia", "nvidia-frontend"],
    remedy: "load the NVIDIA driver with `modprobe nvidia`",
};

/// `/dev/nvidia-uvm`.
#[cfg(all(feature = "nodes", target_os = "linux"))]
pub(in crate::node) const UNIFIED_MEMORY: Registered = Registered {
    names: &["nvidia-uvm"],
    remedy: "load its module with `modprobe nvidia-uvm` or `nvidia-modprobe -u`",
};

/// Reads the major number of these devices: `<proc>/devices` has lines such as `235 nvidia-caps`, first for character
/// devices, then for block devices.
pub(in crate::node) fn major(
    files: &DriverFiles,
    devices: &Registered,
) -> Result<u32, DriverFileError> {
    let file = files.read("devices")?;
    let character = file
        .lines()
        .take_while(|(_, text)| !text.starts_with("Block devices:"));
    for (line, text) in character {
        let mut words = text.split_whitespace();
        let (major, name) = (words.next(), words.next());
        if name.is_some_and(|name| devices.names.contains(&name)) {
            return file.number((line, text), major, MOST_MAJOR);
        }
    }
    let name = devices.names.first().copied().unwrap_or_default();
    let message = format!("it has no character devices '{name}'; {}", devices.remedy);
    Err(file.lacks(io::ErrorKind::NotFound, message))
}
