//! A file of the driver that can't be used.

use core::fmt;
use std::io;
use std::path::PathBuf;

/// A file of the kernel driver that is not there, can't be read, or does not say what it should.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DriverFileError {
    /// The file.
    pub path: PathBuf,
    /// The line in it, counted from 1, if it is about one line.
    pub line: Option<usize>,
    /// `NotFound`, `PermissionDenied`, `InvalidData` for wrong contents, or what else the system said.
    pub kind: io::ErrorKind,
    /// What is wrong, and what to do.
    pub message: String,
}

impl DriverFileError {
    pub(crate) fn is_not_found(&self) -> bool {
        self.kind == io::ErrorKind::NotFound
    }
}

/// Such as `/proc/driver/nvidia-caps/mig-minors, line 2: ...`.
impl fmt::Display for DriverFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl core::error::Error for DriverFileError {}
