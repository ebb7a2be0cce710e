//! The name of a GPU's file.

use std::io::{self, ErrorKind};

use crate::quoted::Quoted;

/// Returns the UUID of a GPU as a file name. It is a text from the driver or the caller.
pub(super) fn file_name(uuid: &str) -> io::Result<&str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if !uuid.is_empty() && uuid.len() <= 96 && uuid.bytes().all(is_plain) {
        Ok(uuid)
    } else {
        let problem = format!("'{}' is not the UUID of a GPU", Quoted(uuid));
        Err(io::Error::new(ErrorKind::InvalidData, problem))
    }
}
