//! The lock that keeps two processes from partitioning one machine at once.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::journal::Journal;

/// The right to partition the GPUs of this machine, until it is dropped or the process ends, however it ends.
///
/// It is a lock on a file. Only programs that take it keep out of each other's way: `nvidia-smi` and mig-parted know
/// nothing of it, and a container must mount the same folder of the host.
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
#[must_use = "the lock is given back when this is dropped"]
pub struct MachineLock {
    pub(super) journal: Journal,
    /// Closing the file gives the lock back.
    _file: File,
}

/// The lock can't be taken.
#[derive(Debug, thiserror::Error)]
#[error("the lock {} can't be taken", path.display())]
#[non_exhaustive]
pub struct LockError {
    /// The lock file.
    pub path: PathBuf,
    /// The reason.
    pub source: io::Error,
}

/// # Taking the lock
impl MachineLock {
    /// Where the lock is by default. Only root may write there: in `/run/lock` everybody may, and root believes the
    /// journal.
    pub const FOLDER: &str = "/run/nvml-mig";

    /// Takes the lock in [`FOLDER`](Self::FOLDER), and waits as long as another process has it.
    ///
    /// # Errors
    ///
    /// [`LockError`] if the folder or the file can't be made or opened, as without the privilege.
    pub fn take() -> Result<Self, LockError> {
        Self::take_in(Self::FOLDER)
    }

    /// Takes the lock in this folder, which is made if it is not there, and waits as long as another process has it.
    /// It should be a folder of the local machine that nobody else can write to.
    ///
    /// # Errors
    ///
    /// As [`take`](Self::take).
    pub fn take_in(folder: impl AsRef<Path>) -> Result<Self, LockError> {
        let (path, file) = open(folder.as_ref())?;
        file.lock().map_err(|source| LockError { path, source })?;
        Ok(Self::with(folder.as_ref(), file))
    }

    /// Takes the lock in this folder; `None` if another process has it.
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
