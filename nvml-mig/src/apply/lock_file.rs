//! A lock's file and its folder.

use core::time::Duration;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::lock_error::LockError;
use super::lock_holder::LockHolder;
use super::private_file::{self, refused};

/// How often a wait with a time limit tries again.
const TRY_AGAIN: Duration = Duration::from_millis(50);

/// A locked file. The lock is released when this is dropped, or when the process ends.
#[derive(Debug)]
pub(super) struct LockFile {
    path: PathBuf,
    file: File,
    mode: LockMode,
    /// The process that locked it, and not a child that was forked since.
    pid: u32,
}

/// Whether others may hold the same lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LockMode {
    Shared,
    Exclusive,
}

/// Until when to wait for a lock.
#[derive(Debug, Clone, Copy)]
pub(super) enum Until {
    Forever,
    /// `None` beyond the range of the clock.
    Then(Option<Instant>),
}

/// Released explicitly: a forked child has the same open file, and would keep the lock otherwise.
impl Drop for LockFile {
    fn drop(&mut self) {
        if self.pid != std::process::id() {
            return;
        }
        if self.mode == LockMode::Exclusive {
            // The next holder writes its own line. Closing the file releases the lock if this can't.
            let _ = write(&self.file, "");
        }
        let _ = self.file.unlock();
    }
}

impl LockFile {
    /// Locks a file, and creates it and its folder if they do not exist. Returns `None` if it can't be locked until then.
    pub(super) fn lock(
        path: &Path,
        mode: LockMode,
        until: Until,
    ) -> Result<Option<Self>, LockError> {
        let locked = Self::locked(path, mode, until);
        locked.map_err(|source| LockError::new(path, source))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it still excludes others: a file with the same name that was created since is another lock.
    pub(super) fn is_in_force(&self) -> io::Result<bool> {
        is_still_at(&self.file, &self.path)
    }

    fn locked(path: &Path, mode: LockMode, until: Until) -> io::Result<Option<Self>> {
        loop {
            let file = open(path)?;
            if !wait(&file, mode, until)? {
                return Ok(None);
            }
            // Another process may have deleted or replaced the file before it was locked.
            if is_still_at(&file, path)? {
                if mode == LockMode::Exclusive {
                    write(&file, &LockHolder::line_of_this_process())?;
                }
                let path = path.to_owned();
                let pid = std::process::id();
                return Ok(Some(Self {
                    path,
                    file,
                    mode,
                    pid,
                }));
            }
        }
    }
}

impl Until {
    pub(super) fn after(time_limit: Option<Duration>) -> Self {
        time_limit.map_or(Self::Forever, |limit| {
            Self::Then(Instant::now().checked_add(limit))
        })
    }
}

/// Locks an open file; `false` if another process holds it until then.
fn wait(file: &File, mode: LockMode, until: Until) -> io::Result<bool> {
    let end = match until {
        Until::Forever => return lock(file, mode).map(|()| true),
        Until::Then(end) => end,
    };
    loop {
        match try_lock(file, mode) {
            Ok(()) => return Ok(true),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) => {}
        }
        let left = end.map(|end| end.saturating_duration_since(Instant::now()));
        if left.is_some_and(|left| left.is_zero()) {
            return Ok(false);
        }
        std::thread::sleep(left.unwrap_or(TRY_AGAIN).min(TRY_AGAIN));
    }
}

fn lock(file: &File, mode: LockMode) -> io::Result<()> {
    match mode {
        LockMode::Shared => file.lock_shared(),
        LockMode::Exclusive => file.lock(),
    }
}

fn try_lock(file: &File, mode: LockMode) -> Result<(), TryLockError> {
    match mode {
        LockMode::Shared => file.try_lock_shared(),
        LockMode::Exclusive => file.try_lock(),
    }
}

/// Opens a lock file, and creates it and its folder if they do not exist. Fails for a folder in which others could replace
/// the file or a journal, and for a file that is not a plain file.
fn open(path: &Path) -> io::Result<File> {
    prepare(path.parent().unwrap_or(Path::new(".")))?;
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).read(true).write(true);
    private_file::open(path, &mut options)
}

fn is_still_at(file: &File, path: &Path) -> io::Result<bool> {
    let named = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        named => named?,
    };
    Ok(is_same_file(&file.metadata()?, &named))
}

/// Replaces the content of a file that this process has locked.
fn write(mut file: &File, text: &str) -> io::Result<()> {
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(text.as_bytes())
}

/// Creates the folder if it does not exist, and checks that others can't write to it. Its parents get the usual mode, and
/// the folder itself one that does not depend on the umask.
pub(super) fn prepare(folder: &Path) -> io::Result<()> {
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent)?;
    }
    match DirBuilder::new().create(folder) {
        Ok(()) => make_private(folder)?,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    check_folder(&fs::symlink_metadata(folder)?)
}

#[cfg(target_os = "linux")]
fn make_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))
}

#[cfg(target_os = "linux")]
fn check_folder(folder: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;

    if !folder.is_dir() {
        return Err(refused(
            "its folder is a link or a file; use the folder itself",
        ));
    }
    if folder.uid() != rustix::process::geteuid().as_raw() {
        return Err(refused(
            "its folder belongs to another user; use a folder of this user",
        ));
    }
    if folder.mode() & private_file::WRITABLE_BY_OTHERS != 0 {
        return Err(refused(
            "its folder can be written by others; use `chmod go-w`, or another folder",
        ));
    }
    Ok(())
}

#[cfg(target_os = "linux")]
fn is_same_file(opened: &Metadata, named: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    (opened.dev(), opened.ino()) == (named.dev(), named.ino())
}

#[cfg(not(target_os = "linux"))]
fn make_private(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn check_folder(_: &Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn is_same_file(_: &Metadata, _: &Metadata) -> bool {
    true
}
