//! A machine in a file that processes share.
//!
//! The file is only ever replaced as a whole, so a reader needs no lock and a crash leaves the old machine or the
//! new one. Who changes it holds a lock on a file beside it, since the replaced one would take its lock along.

use std::ffi::OsString;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use crate::machine::{Machine, MachineSpec};
use crate::store::StoreError;

/// Changes with everything that an older simulator would misread.
const FORMAT: u32 = 1;

/// What the file holds.
#[derive(Serialize, Deserialize)]
struct Saved<M> {
    format: u32,
    machine: M,
}

/// Only the part of [`Saved`] that no format changes.
#[derive(Deserialize)]
struct SavedFormat {
    format: u32,
}

/// A machine in a file.
#[derive(Debug)]
pub struct FileStore {
    path: PathBuf,
    lock: File,
    machine: Machine,
    /// The file that `machine` was read from. Held open so that its inode number is not used again: a new number
    /// is what tells a new file.
    seen: File,
}

impl FileStore {
    /// Opens the file, or makes it with a new machine.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when it can't be read or made; a damaged file is left as it is.
    pub fn open(path: &Path, spec: &MachineSpec) -> Result<Self, StoreError> {
        let path = std::path::absolute(path).map_err(|source| io_error(path, "opened", source))?;
        let lock = open_lock(&path)?;
        lock.lock()
            .map_err(|source| io_error(&path, "locked", source))?;
        let found = match File::open(&path) {
            Ok(seen) => read(&path, seen),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let machine = Machine::new(spec)?;
                write(&path, &machine).map(|seen| (machine, seen))
            }
            Err(source) => Err(io_error(&path, "opened", source)),
        };
        let unlocked = lock
            .unlock()
            .map_err(|source| io_error(&path, "locked", source));
        let (machine, seen) = found?;
        unlocked?;
        Ok(Self {
            path,
            lock,
            machine,
            seen,
        })
    }

    /// The machine, read again if another process replaced the file.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the file is gone or damaged.
    pub fn read(&mut self) -> Result<&Machine, StoreError> {
        let now = std::fs::metadata(&self.path).map_err(|e| io_error(&self.path, "read", e))?;
        let seen = self
            .seen
            .metadata()
            .map_err(|e| io_error(&self.path, "read", e))?;
        if !is_same(&now, &seen) {
            let file = File::open(&self.path).map_err(|e| io_error(&self.path, "opened", e))?;
            (self.machine, self.seen) = read(&self.path, file)?;
        }
        Ok(&self.machine)
    }

    /// Changes the machine under the lock, and replaces the file if that changed anything.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the file can't be read or written; nothing has changed then.
    pub fn change<T>(&mut self, change: impl FnOnce(&mut Machine) -> T) -> Result<T, StoreError> {
        self.lock
            .lock()
            .map_err(|e| io_error(&self.path, "locked", e))?;
        let result = self.change_locked(change);
        self.lock
            .unlock()
            .map_err(|e| io_error(&self.path, "locked", e))?;
        result
    }

    fn change_locked<T>(
        &mut self,
        change: impl FnOnce(&mut Machine) -> T,
    ) -> Result<T, StoreError> {
        let mut machine = self.read()?.clone();
        let result = change(&mut machine);
        if machine != self.machine {
            self.seen = write(&self.path, &machine)?;
            self.machine = machine;
        }
        Ok(result)
    }
}

/// Whether two looks saw the same file, not replaced and not edited in place.
fn is_same(now: &Metadata, seen: &Metadata) -> bool {
    let identity = |of: &Metadata| (of.dev(), of.ino(), of.len(), of.mtime(), of.mtime_nsec());
    identity(now) == identity(seen)
}

fn read(path: &Path, mut file: File) -> Result<(Machine, File), StoreError> {
    let mut text = Vec::new();
    file.read_to_end(&mut text)
        .map_err(|source| io_error(path, "read", source))?;
    let saved: SavedFormat = serde_json::from_slice(&text).map_err(|e| damaged(path, e))?;
    if saved.format != FORMAT {
        return Err(StoreError::OtherFormat {
            path: path.to_owned(),
            found: saved.format,
            expected: FORMAT,
        });
    }
    let saved: Saved<Machine> = serde_json::from_slice(&text).map_err(|e| damaged(path, e))?;
    Ok((saved.machine, file))
}

fn write(path: &Path, machine: &Machine) -> Result<File, StoreError> {
    let failed = |source| io_error(path, "written", source);
    let saved = Saved {
        format: FORMAT,
        machine,
    };
    let text = serde_json::to_vec(&saved).map_err(|error| failed(error.into()))?;
    let folder = path.parent().unwrap_or(Path::new("/"));
    let mut file = NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(&text).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))
}

fn open_lock(path: &Path) -> Result<File, StoreError> {
    let mut name = OsString::from(path);
    name.push(".lock");
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|source| io_error(path, "opened", source))?;
    }
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    options
        .open(name)
        .map_err(|source| io_error(path, "locked", source))
}

fn io_error(path: &Path, doing: &'static str, source: io::Error) -> StoreError {
    let path = path.to_owned();
    StoreError::Io {
        path,
        doing,
        source,
    }
}

fn damaged(path: &Path, source: serde_json::Error) -> StoreError {
    let path = path.to_owned();
    StoreError::Damaged { path, source }
}
