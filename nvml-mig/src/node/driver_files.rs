//! The files in which the kernel driver describes its devices and capabilities.

mod device_file_user;
mod text_file;

use std::path::{Path, PathBuf};

use crate::error::DriverFileError;

pub use device_file_user::DeviceFileUser;
pub(crate) use text_file::TextFile;

/// The locations of the kernel driver's files: `/proc`, `/dev` and `/sys`.
///
/// In a container with the host's files in other places:
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
    sys: PathBuf,
}

impl DriverFiles {
    /// Creates the default locations, `/proc`, `/dev` and `/sys`.
    #[must_use]
    pub fn new() -> Self {
        Self {
            proc: PathBuf::from("/proc"),
            dev: PathBuf::from("/dev"),
            sys: PathBuf::from("/sys"),
        }
    }

    /// Sets the location of `/proc`, for reading minor and major numbers.
    #[must_use]
    pub fn with_proc(mut self, folder: impl Into<PathBuf>) -> Self {
        self.proc = folder.into();
        self
    }

    /// Sets the location of `/dev`, the prefix of all device nodes.
    #[must_use]
    pub fn with_dev(mut self, folder: impl Into<PathBuf>) -> Self {
        self.dev = folder.into();
        self
    }

    /// Sets the location of `/sys`, for finding the graphics nodes of a GPU.
    #[must_use]
    pub fn with_sys(mut self, folder: impl Into<PathBuf>) -> Self {
        self.sys = folder.into();
        self
    }

    /// Returns the location of `/proc`.
    #[must_use]
    pub fn proc(&self) -> &Path {
        &self.proc
    }

    /// Returns the location of `/dev`.
    #[must_use]
    pub fn dev(&self) -> &Path {
        &self.dev
    }

    /// Returns the location of `/sys`.
    #[must_use]
    pub fn sys(&self) -> &Path {
        &self.sys
    }

    /// Reads a text file below the location of `/proc`.
    pub(crate) fn read(&self, name: impl AsRef<Path>) -> Result<TextFile, DriverFileError> {
        TextFile::read(self.proc.join(name))
    }
}

impl Default for DriverFiles {
    fn default() -> Self {
        Self::new()
    }
}
