//! A folder that stands for `/proc`.

use std::fs;
use std::path::{Path, PathBuf};

use nvml_mig::DriverFiles;
use tempfile::TempDir;

pub(crate) const MIG_MINORS: &str = "driver/nvidia-caps/mig-minors";

/// A folder of its own for a test, with what the test writes into it.
pub(crate) struct Proc(TempDir);

impl Proc {
    pub(crate) fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn with(name: &str, contents: impl AsRef<[u8]>) -> Self {
        Self::empty().and(name, contents)
    }

    pub(crate) fn and(self, name: &str, contents: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
        self
    }

    pub(crate) fn folder(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    pub(crate) fn files(&self) -> DriverFiles {
        DriverFiles::new().with_proc(self.folder())
    }
}
