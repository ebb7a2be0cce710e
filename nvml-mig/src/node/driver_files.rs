//! The files through which the kernel driver shows its devices and capabilities.

mod text_file;

use std::path::{Path, PathBuf};

use crate::error::DriverFileError;

pub(crate) use text_file::TextFile;

/// Where the kernel driver's files are: `/proc` and `/dev`.
///
/// In a container that has those of the host elsewhere, say so:
///
/// ```
/// use nvml_mig::node::DriverFiles;
///
/// let files = DriverFiles::new().with_proc("/host/proc").with_dev("/run/nvidia/driver/dev");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DriverFiles {
    proc: PathBuf,
    dev: PathBuf,
}

impl DriverFiles {
    /// `/proc` and `/dev`.
    #[must_use]
    pub fn new() -> Self {
        Self {
            proc: PathBuf::from("/proc"),
            dev: PathBuf::from("/dev"),
        }
    }

    /// Another place of `/proc`, from which minor and major numbers are read.
    #[must_use]
    pub fn with_proc(mut self, folder: impl Into<PathBuf>) -> Self {
        self.proc = folder.into();
        self
    }

    /// Another place of `/dev`, with which the paths of device nodes begin.
    #[must_use]
    pub fn with_dev(mut self, folder: impl Into<PathBuf>) -> Self {
        self.dev = folder.into();
        self
    }

    /// The place of `/proc`.
    #[must_use]
    pub fn proc(&self) -> &Path {
        &self.proc
    }

    /// The place of `/dev`.
    #[must_use]
    pub fn dev(&self) -> &Path {
        &self.dev
    }

    /// Reads a text under the place of `/proc`.
    pub(crate) fn read(&self, name: impl AsRef<Path>) -> Result<TextFile, DriverFileError> {
        TextFile::read(self.proc.join(name))
    }
}

impl Default for DriverFiles {
    fn default() -> Self {
        Self::new()
    }
}
