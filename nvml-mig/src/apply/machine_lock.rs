//! The lock that keeps two processes from partitioning one machine at once.

use core::time::Duration;
use std::path::{Path, PathBuf};

use super::apply_error::ApplyFailure;
use super::lock_error::LockError;
use super::lock_file::LockFile;
use super::lock_holder::LockHolder;
use super::lock_options::{self, LockOptions};

/// An exclusive lock on partitioning the GPUs of this machine, or some of them ([`LockOptions`]). It is released when it is
/// dropped or the process ends in any way.
///
/// It is a file lock, and excludes only programs that use it: `nvidia-smi` and mig-parted do not. Containers must mount
/// the same folder of the host.
///
/// While plans are carried out, a journal beside the lock records the previous and the desired state and each step. If the
/// process is killed, [`recover`](Self::recover) restores the previous one.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// use nvml_mig::MachineLock;
///
/// let lock = MachineLock::take_in(folder.path())?; // `MachineLock::take()` as root
/// assert!(MachineLock::try_take_in(folder.path())?.is_none());
/// drop(lock);
/// assert!(MachineLock::try_take_in(folder.path())?.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "the lock is released when this is dropped"]
pub struct MachineLock {
    pub(super) folder: PathBuf,
    /// UUIDs of the locked GPUs; `None` for all.
    gpus: Option<Vec<String>>,
    /// Held as long as this.
    files: Vec<LockFile>,
}

/// # Taking the lock
impl MachineLock {
    /// The default folder of the lock. Only root can write there; anybody can write to `/run/lock`, and root trusts the
    /// journal.
    pub const FOLDER: &str = lock_options::FOLDER;

    /// Takes the lock in [`FOLDER`](Self::FOLDER), and waits while another process holds it.
    ///
    /// # Errors
    ///
    /// [`LockError`] if the folder or the file can't be created or opened, for example without privilege; if others could
    /// replace the journal, since the folder belongs to another user, can be written by others or is a link; and if the file
    /// is not a plain file.
    pub fn take() -> Result<Self, LockError> {
        Self::take_in(Self::FOLDER)
    }

    /// Takes the lock in this folder, and waits while another process holds it. Creates the folder if it does not exist. It
    /// should be local to the machine, and not writable by others.
    ///
    /// # Examples
    ///
    /// ```
    /// # let folder = tempfile::tempdir()?;
    /// # let folder = folder.path();
    /// let lock = nvml_mig::MachineLock::take_in(folder)?; // such as a folder shared with the host
    /// println!("interrupted: {}", lock.is_interrupted());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`take`](Self::take).
    pub fn take_in(folder: impl AsRef<Path>) -> Result<Self, LockError> {
        let options = LockOptions::new().with_folder(folder.as_ref());
        loop {
            // Without a time limit, it is always taken.
            if let Some(lock) = options.take()? {
                return Ok(lock);
            }
        }
    }

    /// Takes the lock in this folder; returns `None` if another process holds it. [`holder`](Self::holder) names that.
    ///
    /// # Errors
    ///
    /// As [`take`](Self::take).
    pub fn try_take_in(folder: impl AsRef<Path>) -> Result<Option<Self>, LockError> {
        Self::take_in_within(folder, Duration::ZERO)
    }

    /// Takes the lock in this folder, and waits at most this long while another process holds it; then returns `None`.
    ///
    /// # Examples
    ///
    /// ```
    /// # let folder = tempfile::tempdir()?;
    /// # let folder = folder.path();
    /// use std::time::Duration;
    ///
    /// use nvml_mig::MachineLock;
    ///
    /// match MachineLock::take_in_within(folder, Duration::from_secs(10))? {
    ///     Some(lock) => println!("interrupted: {}", lock.is_interrupted()),
    ///     None => match MachineLock::holder(folder)? {
    ///         Some(holder) => println!("held by {holder}"),
    ///         None => println!("held by another process"),
    ///     },
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`take`](Self::take).
    pub fn take_in_within(
        folder: impl AsRef<Path>,
        time: Duration,
    ) -> Result<Option<Self>, LockError> {
        let options = LockOptions::new().with_folder(folder.as_ref());
        options.with_time_limit(time).take()
    }

    /// Returns a process that holds a lock in this folder, on the machine or on some of its GPUs; `None` if none does, or if
    /// it is not known. For some GPUs, see [`LockOptions::holder`].
    ///
    /// # Errors
    ///
    /// As [`take`](Self::take).
    pub fn holder(folder: impl AsRef<Path>) -> Result<Option<LockHolder>, LockError> {
        LockOptions::new().with_folder(folder.as_ref()).holder()
    }

    /// Returns the UUIDs of the locked GPUs; `None` if all are locked.
    #[must_use]
    pub fn gpus(&self) -> Option<&[String]> {
        self.gpus.as_deref()
    }

    /// Checks that the lock still excludes others.
    pub(super) fn check_in_force(&self) -> Result<(), ApplyFailure> {
        let mut files = self.files.iter();
        match files.find(|file| !file.is_in_force().is_ok_and(|in_force| in_force)) {
            None => Ok(()),
            Some(file) => {
                let path = file.path().to_owned();
                Err(ApplyFailure::LockLost { path })
            }
        }
    }

    /// Whether the lock includes the GPU with this UUID.
    pub(super) fn is_locked(&self, uuid: &str) -> bool {
        let gpus = self.gpus.as_ref();
        gpus.is_none_or(|gpus| gpus.iter().any(|gpu| gpu == uuid))
    }
}

impl LockOptions {
    /// Takes the lock; returns `None` if another process holds it until the time limit. Creates the folder if it does not
    /// exist.
    ///
    /// # Errors
    ///
    /// As [`MachineLock::take`]. A UUID with characters that can't be part of a file name is an error too.
    pub fn take(&self) -> Result<Option<MachineLock>, LockError> {
        let locked = self.lock_files()?;
        Ok(locked.map(|files| MachineLock {
            folder: self.folder().to_owned(),
            gpus: self.gpus().map(<[String]>::to_vec),
            files,
        }))
    }
}
