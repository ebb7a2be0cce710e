//! A machine in a file that processes share.
//!
//! The file is only ever replaced as a whole, so a reader needs no lock and a crash leaves the old machine or the
//! new one. Who changes it holds a lock on a file beside it, since the replaced one would take its lock along.

use std::ffi::OsString;
use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

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
    lock: Arc<File>,
    machine: Machine,
    seen: Seen,
}

/// The file that the machine was read from or written to.
#[derive(Debug)]
struct Seen {
    identity: Identity,
    /// Held open so that its inode number is not used again: a new number is what tells a new file.
    _file: File,
}

/// What changes when the file is replaced, or edited in place.
type Identity = (u64, u64, u64, i64, i64);

fn identity(of: &Metadata) -> Identity {
    (of.dev(), of.ino(), of.len(), of.mtime(), of.mtime_nsec())
}

/// The lock, given back when this is dropped, whatever happened.
struct Locked<'store>(&'store File);

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        // A lock that can't be given back goes with the process, and there is nobody here to tell.
        let _ = self.0.unlock();
    }
}

impl FileStore {
    /// Opens the file, or makes it with a new machine.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when it can't be read or made; a damaged file is left as it is.
    pub fn open(path: &Path, spec: &MachineSpec) -> Result<Self, StoreError> {
        let path = std::path::absolute(path).map_err(io_error(path, "opened"))?;
        let lock = Arc::new(open_lock(&path)?);
        lock.lock().map_err(io_error(&path, "locked"))?;
        let locked = Locked(&lock);
        let (machine, seen) = match File::open(&path) {
            Ok(file) => read(&path, file)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let machine = Machine::new(spec)?;
                let seen = write(&path, &machine)?;
                (machine, seen)
            }
            Err(error) => return Err(io_error(&path, "opened")(error)),
        };
        drop(locked);
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
        let now = std::fs::metadata(&self.path).map_err(io_error(&self.path, "read"))?;
        if identity(&now) != self.seen.identity {
            let file = File::open(&self.path).map_err(io_error(&self.path, "opened"))?;
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
        let lock = Arc::clone(&self.lock);
        lock.lock().map_err(io_error(&self.path, "locked"))?;
        let _locked = Locked(&lock);
        let mut machine = self.read()?.clone();
        let result = change(&mut machine);
        if machine != self.machine {
            self.seen = write(&self.path, &machine)?;
            self.machine = machine;
        }
        Ok(result)
    }
}

fn read(path: &Path, mut file: File) -> Result<(Machine, Seen), StoreError> {
    let mut text = Vec::new();
    let seen = file.metadata().map_err(io_error(path, "read"))?;
    file.read_to_end(&mut text)
        .map_err(io_error(path, "read"))?;
    let saved: SavedFormat = serde_json::from_slice(&text).map_err(damaged(path))?;
    if saved.format != FORMAT {
        return Err(StoreError::OtherFormat {
            path: path.to_owned(),
            found: saved.format,
            expected: FORMAT,
        });
    }
    let saved: Saved<Machine> = serde_json::from_slice(&text).map_err(damaged(path))?;
    let seen = Seen {
        identity: identity(&seen),
        _file: file,
    };
    Ok((saved.machine, seen))
}

fn write(path: &Path, machine: &Machine) -> Result<Seen, StoreError> {
    let failed = || io_error(path, "written");
    let saved = Saved {
        format: FORMAT,
        machine,
    };
    let text = serde_json::to_vec(&saved).map_err(|error| failed()(error.into()))?;
    let folder = path.parent().unwrap_or(Path::new("/"));
    let mut new = tempfile::Builder::new();
    // As any new file: the processes that share a machine may be of several users.
    new.permissions(Permissions::from_mode(0o666));
    let mut file = new.tempfile_in(folder).map_err(failed())?;
    file.write_all(&text).map_err(failed())?;
    let file = file.persist(path).map_err(|error| failed()(error.error))?;
    let seen = file.metadata().map_err(failed())?;
    Ok(Seen {
        identity: identity(&seen),
        _file: file,
    })
}

fn open_lock(path: &Path) -> Result<File, StoreError> {
    let mut name = OsString::from(path);
    name.push(".lock");
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(io_error(path, "opened"))?;
    }
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    options.open(name).map_err(io_error(path, "locked"))
}

fn io_error(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> StoreError {
    move |source| StoreError::Io {
        path: path.to_owned(),
        doing,
        source,
    }
}

fn damaged(path: &Path) -> impl FnOnce(serde_json::Error) -> StoreError {
    move |source| StoreError::Damaged {
        path: path.to_owned(),
        source,
    }
}
