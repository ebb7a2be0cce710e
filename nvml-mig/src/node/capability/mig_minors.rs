//! `mig-minors`: the minor numbers of all possible capabilities, in lines such as `gpu3/gi3/access 435`.

use std::io;

use super::{Capability, device_numbers};
use crate::error::DriverFileError;
use crate::node::DriverFiles;

const NAME: &str = "driver/nvidia-caps/mig-minors";

/// Returns the minor number of a capability. Lines that can't be parsed may come from a newer driver and are ignored,
/// unless they are about this capability.
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
