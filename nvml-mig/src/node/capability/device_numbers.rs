//! Major and minor numbers of device nodes.

use std::io;

use crate::error::DriverFileError;
use crate::node::DriverFiles;

/// Linux has 20 bits for it.
pub(super) const MOST_MINOR: u32 = (1 << 20) - 1;

/// Linux has 12 bits for it.
const MOST_MAJOR: u32 = (1 << 12) - 1;

/// The name under which the driver registers its capability nodes.
const NAME: &str = "nvidia-caps";

/// The major number of capability nodes: `<proc>/devices` has lines such as `235 nvidia-caps`, first for
/// character devices, then for block devices.
pub(super) fn capability_major(files: &DriverFiles) -> Result<u32, DriverFileError> {
    let file = files.read("devices")?;
    let character = file
        .lines()
        .take_while(|(_, text)| !text.starts_with("Block devices:"));
    for (line, text) in character {
        let mut words = text.split_whitespace();
        let (major, name) = (words.next(), words.next());
        if name == Some(NAME) {
            return file.number((line, text), major, MOST_MAJOR);
        }
    }
    let message = format!(
        "it has no character devices '{NAME}'; load the NVIDIA driver, 450 or newer, with `modprobe nvidia`"
    );
    Err(file.lacks(io::ErrorKind::NotFound, message))
}
