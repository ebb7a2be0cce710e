//! A folder that stands for `/proc`.

use std::fs;
use std::path::{Path, PathBuf};

use nvml_mig::node::DriverFiles;
use tempfile::TempDir;

pub const MIG_MINORS: &str = "driver/nvidia-caps/mig-minors";

/// The driver's devices, as `/proc/devices` lists them.
pub const DEVICES: &str = "\
Character devices:
  1 mem
195 nvidia
195 nvidiactl
235 nvidia-caps
236 nvidia-caps-imex-channels
510 nvidia-uvm

Block devices:
  8 sd
259 blkext
";

/// A folder of its own for a test, with what the test writes into it.
pub struct Proc(TempDir);

impl Proc {
    pub fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn with(name: &str, contents: impl AsRef<[u8]>) -> Self {
        Self::empty().and(name, contents)
    }

    pub fn and(self, name: &str, contents: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
        self
    }

    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    pub fn files(&self) -> DriverFiles {
        DriverFiles::new().with_proc(self.folder())
    }
}
