//! A machine in a file that processes share.
//!
//! The file is only ever replaced as a whole, so readers need no lock, and a crash leaves either the old or the new
//! machine. Writers hold a lock on a separate file beside it, since replacing a locked file would lose the lock.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nvml_mig_boards::board_file::json_error;
use rustix::fs::FallocateFlags;
use serde::{Deserialize, Serialize};

use crate::calls::Call;
use crate::chain;
use crate::machine::{Machine, MachineSpec};
use crate::own;
use crate::store::call_log::CallLog;
use crate::store::{
    StoreError, beside, bring_in_step, remove_capabilities, require_own_capabilities,
};

/// Format version. It must be increased with every change that an older simulator would misread.
const FORMAT: u32 = 1;

/// The contents of the file. Unknown fields are refused here and in the machine: a newer simulator has written them, and
/// they would be lost when this one writes the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved<M> {
    format: u32,
    machine: M,
}

/// The part of [`Saved`] that is the same in all formats.
#[derive(Deserialize)]
struct SavedFormat {
    format: u32,
}

/// A machine in a file.
#[derive(Debug)]
pub struct FileStore {
    path: PathBuf,
    machine: Machine,
    seen: Seen,
}

/// The file that the machine was last read from or written to.
#[derive(Debug)]
struct Seen {
    identity: Identity,
    /// Held open so that its inode number is not reused: a new inode number means a new file.
    _file: File,
}

/// Metadata that changes when the file is replaced or edited in place.
type Identity = (u64, u64, u64, i64, i64);

fn identity(of: &Metadata) -> Identity {
    (of.dev(), of.ino(), of.len(), of.mtime(), of.mtime_nsec())
}

/// Holds the lock and releases it on drop. The lock file is opened anew for each lock: a fork shares its parent's open
/// files, and with them the lock.
struct Locked(File);

impl Locked {
    /// Waits for the lock of a state file. The lock file is created if it is missing.
    fn of(path: &Path) -> Result<Self, StoreError> {
        let lock = open_lock(path)?;
        lock.lock().map_err(io_error(path, "locked"))?;
        Ok(Self(lock))
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        // Closing the file is not enough: a fork made meanwhile has it open too. If unlocking fails, the lock ends with
        // the process; there is nowhere to report it.
        let _ = self.0.unlock();
    }
}

impl FileStore {
    /// Opens the file, or creates it with a new machine.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the file can't be read or created; a damaged file is left unchanged.
    pub fn open(path: &Path, spec: &MachineSpec) -> Result<Self, StoreError> {
        Self::open_or(path, || Ok(Machine::new(spec)?))
    }

    /// Opens an existing file.
    ///
    /// # Errors
    ///
    /// [`StoreError::Missing`] if the file does not exist, and the errors of [`FileStore::open`].
    pub fn existing(path: &Path) -> Result<Self, StoreError> {
        // Checked before anything is created beside it: it may be an unrelated file.
        found(path)?.ok_or_else(missing(path))?;
        Self::open_or(path, || Err(missing(path)()))
    }

    fn open_or(
        path: &Path,
        make: impl FnOnce() -> Result<Machine, StoreError>,
    ) -> Result<Self, StoreError> {
        let path = absolute(path)?;
        make_folder(&path)?;
        let locked = Locked::of(&path)?;
        let (machine, seen) = match found(&path)? {
            Some(found) => found,
            None => {
                let machine = make()?;
                require_own_capabilities(&machine)?;
                let seen = write(&path, &machine)?;
                (machine, seen)
            }
        };
        // A process may have died between changing the machine and updating its capability files.
        bring_in_step(&machine)?;
        drop(locked);
        Ok(Self {
            path,
            machine,
            seen,
        })
    }

    /// Creates a new machine in the file. Returns the machine that it replaces.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the file can't be read or created; a file without a machine is left unchanged.
    pub fn replace(path: &Path, spec: &MachineSpec) -> Result<Option<Machine>, StoreError> {
        let new = Machine::new(spec)?;
        let path = absolute(path)?;
        // Checked before anything is created beside it: it may be an unrelated file.
        found(&path)?;
        make_folder(&path)?;
        let _locked = Locked::of(&path)?;
        require_own_capabilities(&new)?;
        let old = found(&path)?.map(|(machine, _)| machine);
        // Done before the machine that owns them is replaced: a process that dies in between leaves nothing behind.
        old.as_ref().map_or(Ok(()), remove_capabilities)?;
        write(&path, &new)?;
        bring_in_step(&new)?;
        Ok(old)
    }

    /// Removes the machine, its log and its capability files. Returns the machine.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the file does not exist or can't be removed; a file without a machine is left unchanged.
    pub fn remove(path: &Path) -> Result<Machine, StoreError> {
        let path = absolute(path)?;
        found(&path)?.ok_or_else(missing(&path))?;
        let _locked = Locked::of(&path)?;
        let (machine, _) = found(&path)?.ok_or_else(missing(&path))?;
        remove_capabilities(&machine)?;
        CallLog::beside(&path).clear()?;
        fs::remove_file(&path).map_err(io_error(&path, "removed"))?;
        Ok(machine)
    }

    /// Returns the path of the state file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends a call to the log beside the file.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the log can't be written.
    pub fn note_call(&self, call: &Call) -> Result<(), StoreError> {
        let _locked = Locked::of(&self.path)?;
        CallLog::beside(&self.path).append(call)
    }

    /// Returns the machine, and reads it again if another process has replaced the file.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the file is gone or damaged.
    pub fn read(&mut self) -> Result<&Machine, StoreError> {
        let now = fs::metadata(&self.path).map_err(io_error(&self.path, "read"))?;
        if identity(&now) != self.seen.identity {
            let file = open(&self.path).map_err(io_error(&self.path, "opened"))?;
            (self.machine, self.seen) = read(&self.path, file)?;
        }
        Ok(&self.machine)
    }

    /// Changes the machine under the lock, and replaces the file if anything has changed.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the file can't be read or written; the machine is then unchanged.
    pub fn change<T>(&mut self, change: impl FnOnce(&mut Machine) -> T) -> Result<T, StoreError> {
        let _locked = Locked::of(&self.path)?;
        let mut machine = self.read()?.clone();
        let result = change(&mut machine);
        if machine != self.machine {
            if machine.capabilities != self.machine.capabilities {
                require_own_capabilities(&machine)?;
                remove_capabilities(&self.machine)?;
            }
            self.seen = write(&self.path, &machine)?;
            self.machine = machine;
            // The change has been made and can no longer fail; the next process that opens the file tries again.
            if let Err(error) = bring_in_step(&self.machine) {
                eprintln!("nvml-mig-sim: {}", chain(&error));
            }
        }
        Ok(result)
    }
}

/// Returns the machine in a file, if the file exists.
fn found(path: &Path) -> Result<Option<(Machine, Seen)>, StoreError> {
    match open(path) {
        Ok(file) => read(path, file).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io_error(path, "opened")(error)),
    }
}

fn open(path: &Path) -> io::Result<File> {
    own::without_links(OpenOptions::new().read(true)).open(path)
}

fn read(path: &Path, mut file: File) -> Result<(Machine, Seen), StoreError> {
    let mut text = Vec::new();
    let seen = file.metadata().map_err(io_error(path, "read"))?;
    own::require_own_file(&seen, path).map_err(io_error(path, "used"))?;
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
    saved
        .machine
        .check()
        .map_err(|source| StoreError::Impossible {
            path: path.to_owned(),
            source,
        })?;
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
    let new = beside(path, ".new");
    let mut file = create(&new).map_err(failed())?;
    // Allocated before the rename: if the file system allocates space only after it, the rename takes three times as
    // long as everything else (ext4). A file system without `fallocate` does so then.
    let _ = rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, text.len() as u64);
    file.write_all(&text).map_err(failed())?;
    fs::rename(&new, path).map_err(failed())?;
    let seen = file.metadata().map_err(failed())?;
    Ok(Seen {
        identity: identity(&seen),
        _file: file,
    })
}

/// Creates a new file for this user alone, whatever the umask is, after removing one that a killed process has left here.
/// Only the holder of the lock writes here.
fn create(new: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    match options.open(new) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::remove_file(new)?;
            options.open(new)
        }
        created => created,
    }
}

fn make_folder(path: &Path) -> Result<(), StoreError> {
    let folder = path.parent().unwrap_or(path);
    let made = own::create_folder(folder);
    made.and_then(|()| own::require_safe_folder(folder))
        .map_err(io_error(path, "used"))
}

fn open_lock(path: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    let lock = own::open(&mut options, &beside(path, ".lock"));
    lock.map_err(io_error(path, "locked"))
}

fn absolute(path: &Path) -> Result<PathBuf, StoreError> {
    std::path::absolute(path).map_err(io_error(path, "opened"))
}

fn missing(path: &Path) -> impl Fn() -> StoreError {
    move || StoreError::Missing {
        path: path.to_owned(),
    }
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
        source: json_error(source),
    }
}
