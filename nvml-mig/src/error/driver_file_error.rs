//! An unusable file of the kernel driver.

use core::fmt;
use std::io;
use std::path::PathBuf;

use crate::quoted;

/// A file of the kernel driver that is missing, unreadable or malformed, or a device node that can't be created.
#[derive(Debug)]
#[non_exhaustive]
pub struct DriverFileError {
    /// Path of the file.
    pub path: PathBuf,
    /// Line number, starting at 1, if the problem is in one line.
    pub line: Option<usize>,
    /// `NotFound`, `PermissionDenied`, `InvalidData` for malformed contents, `AlreadyExists` if something else is in the
    /// place of a device node, or another error of the system.
    pub kind: io::ErrorKind,
    /// Description of the problem, and a remedy.
    pub message: String,
    /// The error of the system, if the file can't be read or created.
    pub source: Option<io::Error>,
}

impl DriverFileError {
    /// Creates an error about a whole file, for example in a test.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, kind: io::ErrorKind, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            line: None,
            kind,
            message: message.into(),
            source: None,
        }
    }

    /// Sets the line number, starting at 1.
    #[must_use]
    pub fn with_line(self, line: usize) -> Self {
        let line = Some(line);
        Self { line, ..self }
    }

    /// Sets the error of the system.
    #[must_use]
    pub fn with_source(self, source: io::Error) -> Self {
        let source = Some(source);
        Self { source, ..self }
    }

    pub(crate) fn is_not_found(&self) -> bool {
        self.kind == io::ErrorKind::NotFound
    }
}

/// Prints, for example, `/proc/driver/nvidia-caps/mig-minors, line 2: ...`.
impl fmt::Display for DriverFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&quoted::path(&self.path))?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// `source()` is the operating system's error, if the file can't be read or created.
impl core::error::Error for DriverFileError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        let error = self.source.as_ref()?;
        Some(error)
    }
}
