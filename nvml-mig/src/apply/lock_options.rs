//! Which GPUs to lock, where, and how long to wait for it.

use core::time::Duration;
use std::path::{Path, PathBuf};

use super::gpu_file::file_name;
use super::lock_error::LockError;
use super::lock_file::{LockFile, LockMode, Until};
use super::lock_holder::LockHolder;
use super::lock_search;

/// See [`MachineLock::FOLDER`](crate::MachineLock::FOLDER).
pub(super) const FOLDER: &str = "/run/nvml-mig";

/// Which GPUs to lock, in which folder, and how long to wait for it.
///
/// With some GPUs instead of all, different GPUs can be changed at the same time: the lock excludes locks of these GPUs and of
/// the whole machine.
///
/// ```
/// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
/// # let device = nvml_mig::Nvml::init_from(simulator.library_path())?.device_by_index(0)?;
/// # let temporary = tempfile::tempdir()?;
/// # let folder = temporary.path();
/// use std::time::Duration;
///
/// use nvml_mig::apply::LockOptions;
///
/// let options = LockOptions::new()
///     .with_folder(folder) // not needed as root
///     .with_gpus([device.uuid()?])
///     .with_time_limit(Duration::from_secs(10));
/// let lock = options.take()?.ok_or("another process changes this GPU")?;
/// assert!(!lock.is_interrupted());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockOptions {
    folder: PathBuf,
    gpus: Option<Vec<String>>,
    time_limit: Option<Duration>,
}

impl Default for LockOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl LockOptions {
    /// Creates the default options: all GPUs, in [`MachineLock::FOLDER`](crate::MachineLock::FOLDER), without a time limit.
    #[must_use]
    pub fn new() -> Self {
        Self {
            folder: PathBuf::from(FOLDER),
            gpus: None,
            time_limit: None,
        }
    }

    /// Sets the folder. It should be local to the machine, and not writable by others.
    #[must_use]
    pub fn with_folder(self, folder: impl Into<PathBuf>) -> Self {
        let folder = folder.into();
        Self { folder, ..self }
    }

    /// Restricts the lock to the GPUs with these UUIDs, as [`Device::uuid`](crate::Device::uuid) returns them.
    #[must_use]
    pub fn with_gpus<U: Into<String>>(self, uuids: impl IntoIterator<Item = U>) -> Self {
        // Always in the same order, so that two processes never wait for each other.
        let mut gpus: Vec<String> = uuids.into_iter().map(Into::into).collect();
        gpus.sort_unstable();
        gpus.dedup();
        let gpus = Some(gpus);
        Self { gpus, ..self }
    }

    /// Sets how long to wait while another process holds the lock; zero tries once.
    #[must_use]
    pub fn with_time_limit(self, time_limit: Duration) -> Self {
        let time_limit = Some(time_limit);
        Self { time_limit, ..self }
    }

    /// Returns the folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the UUIDs of the GPUs; `None` for all GPUs.
    #[must_use]
    pub fn gpus(&self) -> Option<&[String]> {
        self.gpus.as_deref()
    }

    /// Returns how long to wait; `None` without a limit.
    #[must_use]
    pub const fn time_limit(&self) -> Option<Duration> {
        self.time_limit
    }

    /// Returns a process that holds a lock which excludes this one; `None` if none does, or if it is not known.
    ///
    /// # Examples
    ///
    /// ```
    /// # let temporary = tempfile::tempdir()?;
    /// # let folder = temporary.path();
    /// use nvml_mig::apply::LockOptions;
    ///
    /// let options = LockOptions::new().with_folder(folder).with_gpus(["GPU-1"]);
    /// let _lock = options.take()?;
    /// let holder = options.holder()?.ok_or("nobody")?;
    /// assert_eq!(holder.pid, std::process::id());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`take`](Self::take).
    pub fn holder(&self) -> Result<Option<LockHolder>, LockError> {
        if self.gpus.is_some() {
            return lock_search::holder(&self.files()?);
        }
        // A lock of the machine is excluded by that of any GPU, whose file says whose it is.
        let files = lock_search::all(&self.folder)?.into_iter();
        let files: Vec<_> = files.map(|path| (path, LockMode::Exclusive)).collect();
        lock_search::holder(&files)
    }

    /// Locks the files of these options; returns `None` if another process holds one until the time limit.
    pub(super) fn lock_files(&self) -> Result<Option<Vec<LockFile>>, LockError> {
        let until = Until::after(self.time_limit);
        let mut locked = Vec::new();
        for (path, mode) in self.files()? {
            match LockFile::lock(&path, mode, until)? {
                Some(file) => locked.push(file),
                None => return Ok(None),
            }
        }
        Ok(Some(locked))
    }

    /// The files to lock, in this order.
    fn files(&self) -> Result<Vec<(PathBuf, LockMode)>, LockError> {
        let mode = match self.gpus {
            None => LockMode::Exclusive,
            Some(_) => LockMode::Shared,
        };
        let mut files = vec![(self.folder.join("lock"), mode)];
        for uuid in self.gpus.iter().flatten() {
            let name = file_name(uuid).map_err(|source| LockError::new(&self.folder, source))?;
            let path = self.folder.join(name).with_extension("lock");
            files.push((path, LockMode::Exclusive));
        }
        Ok(files)
    }
}
