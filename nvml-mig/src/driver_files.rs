//! The files through which the kernel driver shows its devices and capabilities.

mod driver_file_error;
mod text_file;

use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::mig_device::MigDevice;

pub use driver_file_error::DriverFileError;
pub(crate) use text_file::TextFile;

/// Where the kernel driver's files are: `/proc` and `/dev`.
///
/// In a container that has those of the host elsewhere, say so:
///
/// ```
/// use nvml_mig::DriverFiles;
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

    /// Every device node that a container needs for these MIG devices, each once: those that all of them share
    /// first, then for each its GPU and the capability nodes of its two instances.
    ///
    /// # Errors
    ///
    /// As [`MigDevice::nodes`].
    pub fn container_nodes<'a>(
        &self,
        devices: impl IntoIterator<Item = &'a MigDevice>,
    ) -> Result<Vec<PathBuf>, Error> {
        let mut paths: Vec<PathBuf> = Vec::new();
        for device in devices {
            for path in device.nodes(self)?.paths() {
                if !paths.iter().any(|known| known == path) {
                    paths.push(path.to_owned());
                }
            }
        }
        Ok(paths)
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
