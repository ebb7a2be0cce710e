//! The lock that keeps two processes from partitioning one machine at once.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::journal::Journal;

/// An exclusive lock on partitioning the GPUs of this machine. It is released when it is dropped or the process ends in
/// any way.
///
/// It is a file lock, and excludes only programs that use it: `nvidia-smi` and mig-parted do not. Containers must mount
/// the same folder of the host.
///
/// While plans are carried out, a journal beside the lock records the previous and the desired state. If the process is
/// killed, [`recover`](Self::recover) restores the previous one.
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
    pub(super) journal: Journal,
    /// Closing the file releases the lock.
    _file: File,
}

/// A lock that can't be taken.
#[derive(Debug, thiserror::Error)]
#[error("the lock {} can't be taken", path.display())]
#[non_exhaustive]
pub struct LockError {
    /// Path of the lock file.
    pub path: PathBuf,
    /// Why it can't be taken.
    pub source: io::Error,
}

impl LockError {
    /// Creates an error for this lock file, for example in a test.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, source: io::Error) -> Self {
        let path = path.into();
        Self { path, source }
    }
}

/// # Taking the lock
impl MachineLock {
    /// The default folder of the lock. Only root can write there; anybody can write to `/run/lock`, and root trusts the
    /// journal.
    pub const FOLDER: &str = "/run/nvml-mig";

    /// Takes the lock in [`FOLDER`](Self::FOLDER), and waits while another process holds it.
    ///
    /// # Errors
    ///
    /// [`LockError`] if the folder or the file can't be created or opened, for example without privilege.
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
        let (path, file) = open(folder.as_ref())?;
        file.lock().map_err(|source| LockError { path, source })?;
        Ok(Self::with(folder.as_ref(), file))
    }

    /// Takes the lock in this folder; returns `None` if another process holds it.
    ///
    /// # Errors
    ///
    /// As [`take`](Self::take).
    pub fn try_take_in(folder: impl AsRef<Path>) -> Result<Option<Self>, LockError> {
        let (path, file) = open(folder.as_ref())?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self::with(folder.as_ref(), file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(LockError { path, source }),
        }
    }

    fn with(folder: &Path, file: File) -> Self {
        Self {
            journal: Journal::beside(folder),
            _file: file,
        }
    }
}

fn open(folder: &Path) -> Result<(PathBuf, File), LockError> {
    let path = folder.join("lock");
    let opened = fs::create_dir_all(folder).and_then(|()| {
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true).open(&path)
    });
    match opened {
        Ok(file) => Ok((path, file)),
        Err(source) => Err(LockError { path, source }),
    }
}
