//! Processes that hold the driver's device files open.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::DriverFiles;
use crate::error::{DriverFileError, Error};

/// A process that holds device files of the driver open, and so can keep a GPU in use without being in any of NVML's
/// process lists: DCGM, exporters and display servers do.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct DeviceFileUser {
    /// Process id, in the process namespace of `/proc`.
    pub pid: u32,
    /// Name of its program, of at most 15 characters (Linux).
    pub name: String,
    /// The open device files, such as `/dev/nvidia0`, as the process sees them.
    pub paths: Vec<PathBuf>,
}

impl DeviceFileUser {
    /// Creates a process with these open device files.
    #[must_use]
    pub fn new(pid: u32, name: impl Into<String>, paths: Vec<PathBuf>) -> Self {
        let name = name.into();
        Self { pid, name, paths }
    }
}

impl DriverFiles {
    /// Returns the processes that hold device files of the driver open, in ascending order of their ids. It reads
    /// `/proc/<pid>/fd`, which only root may for the processes of other users; the caller's own process is omitted, and
    /// so are processes that it may not inspect.
    ///
    /// # Examples
    ///
    /// ```
    /// use nvml_mig::node::DriverFiles;
    ///
    /// for user in DriverFiles::new().device_file_users()? {
    ///     println!("process {} ({}) has {:?} open", user.pid, user.name, user.paths);
    /// }
    /// # Ok::<(), nvml_mig::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::DriverFile`] if `/proc` can't be read.
    pub fn device_file_users(&self) -> Result<Vec<DeviceFileUser>, Error> {
        let own = fs::read_link(self.proc().join("self")).unwrap_or_default();
        let processes = fs::read_dir(self.proc()).map_err(|error| self.unreadable(error))?;
        let mut users = Vec::new();
        for process in processes {
            let process = process.map_err(|error| self.unreadable(error))?;
            if process.file_name() != own {
                users.extend(user(&process.path(), &process.file_name()));
            }
        }
        users.sort_unstable_by_key(|user| user.pid);
        Ok(users)
    }

    fn unreadable(&self, error: io::Error) -> DriverFileError {
        DriverFileError::new(self.proc(), error.kind(), "can't be read").with_source(error)
    }
}

/// `None` for what is no process, has no device file open, ended meanwhile, or may not be inspected.
fn user(folder: &Path, name: &OsStr) -> Option<DeviceFileUser> {
    let pid = name.to_str()?.parse().ok()?;
    let files = fs::read_dir(folder.join("fd")).ok()?;
    let targets = files.filter_map(|file| fs::read_link(file.ok()?.path()).ok());
    let mut paths: Vec<PathBuf> = targets.filter(|path| is_of_driver(path)).collect();
    if paths.is_empty() {
        return None;
    }
    paths.sort_unstable();
    paths.dedup();
    let name = fs::read_to_string(folder.join("comm")).ok()?;
    let name = name.trim_end().to_owned();
    Some(DeviceFileUser { pid, name, paths })
}

/// Whether a path is that of a device file of the driver: `/dev/nvidia0`, `/dev/nvidiactl`,
/// `/dev/nvidia-caps/nvidia-cap3`.
fn is_of_driver(path: &Path) -> bool {
    let Ok(name) = path.strip_prefix("/dev") else {
        return false;
    };
    name.as_os_str()
        .to_str()
        .is_some_and(|name| name.starts_with("nvidia"))
}
