//! `mig-minors`: the minor number of every capability that there could be, a line each: `gpu3/gi3/access 435`.

use std::io;

use super::{Capability, device_numbers};
use crate::error::DriverFileError;
use crate::node::DriverFiles;

const NAME: &str = "driver/nvidia-caps/mig-minors";

/// The minor number of a capability. Lines that this crate can't read are of a newer driver and none of its
/// business, unless they are about this very capability.
pub(super) fn minor(files: &DriverFiles, capability: Capability) -> Result<u32, DriverFileError> {
    let file = files.read(NAME)?;
    let name = capability.to_string();
    for (line, text) in file.lines() {
        let mut words = text.split_whitespace();
        if words.next() == Some(&name) {
            return file.number((line, text), words.next(), device_numbers::MOST_MINOR);
        }
    }
    let message = format!(
        "it has no line for '{name}', and there is no {} either; check that the instance exists and that the GPU's \
         minor number is right, which a change of MIG mode may change",
        files.access_file(capability).display()
    );
    Err(file.lacks(io::ErrorKind::NotFound, message))
}
