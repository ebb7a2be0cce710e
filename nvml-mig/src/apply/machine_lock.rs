//! The lock that keeps two processes from partitioning one machine at once.

use core::time::Duration;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::journal::Journal;
use super::lock_file;
use super::lock_holder::LockHolder;

/// How often a wait with a time limit tries again.
const TRY_AGAIN: Duration = Duration::from_millis(50);

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
    file: File,
}

/// Released explicitly: a forked child has the same open file, and would keep the lock otherwise.
impl Drop for MachineLock {
    fn drop(&mut self) {
        // The next holder writes its own line. Closing the file releases the lock if this can't.
        let _ = lock_file::write(&self.file, "");
        let _ = self.file.unlock();
    }
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
        let folder = folder.as_ref();
        loop {
            let (path, file) = open(folder)?;
            let locked = file.lock();
            if let Some(lock) = locked
                .and_then(|()| Self::with(folder, &path, file))
                .map_err(|source| LockError { path, source })?
            {
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
        let folder = folder.as_ref();
        loop {
            let (path, file) = open(folder)?;
            let lock = match file.try_lock() {
                Ok(()) => Self::with(folder, &path, file),
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(source)) => Err(source),
            };
            if let Some(lock) = lock.map_err(|source| LockError { path, source })? {
                return Ok(Some(lock));
            }
        }
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
        let began = Instant::now();
        loop {
            if let Some(lock) = Self::try_take_in(folder.as_ref())? {
                return Ok(Some(lock));
            }
            let left = time.saturating_sub(began.elapsed());
            if left.is_zero() {
                return Ok(None);
            }
            std::thread::sleep(left.min(TRY_AGAIN));
        }
    }

    /// Returns the process that holds the lock in this folder; `None` if none does, or if it is not known.
    ///
    /// # Errors
    ///
    /// As [`take`](Self::take).
    pub fn holder(folder: impl AsRef<Path>) -> Result<Option<LockHolder>, LockError> {
        let (path, file) = open(folder.as_ref())?;
        let text = lock_file::read(&file).map_err(|source| LockError { path, source })?;
        Ok(LockHolder::parse(&text))
    }

    /// Returns `None` if the file that was locked is no longer the lock: another process deleted or replaced it.
    fn with(folder: &Path, path: &Path, file: File) -> io::Result<Option<Self>> {
        if !lock_file::is_still_at(&file, path)? {
            return Ok(None);
        }
        lock_file::write(&file, &LockHolder::this_process().line())?;
        let journal = Journal::beside(folder);
        Ok(Some(Self { journal, file }))
    }
}

fn open(folder: &Path) -> Result<(PathBuf, File), LockError> {
    let path = folder.join("lock");
    match lock_file::open(folder, &path) {
        Ok(file) => Ok((path, file)),
        Err(source) => Err(LockError { path, source }),
    }
}
