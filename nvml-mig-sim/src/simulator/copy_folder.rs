//! The folder of a library copy. It is removed with its simulator, or, if that process was killed, by the next one.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;
use std::sync::Once;

use tempfile::TempDir;

use super::SimulatorError;
use super::state_folder::state_folder;
use crate::own;

static SWEPT: Once = Once::new();

/// A folder that is locked as long as it is used.
#[derive(Debug)]
pub(super) struct CopyFolder {
    folder: TempDir,
    _lock: File,
}

impl CopyFolder {
    /// Creates a folder beside the machines, and removes those of processes that have ended.
    pub(super) fn new() -> Result<Self, SimulatorError> {
        let all = state_folder()?.join("copies");
        own::create_own_folder(&all)?;
        // Nobody removes a folder between its creation and its lock.
        let _locked = locked_file(&all.join(".lock"))?;
        let mut swept = Ok(());
        SWEPT.call_once(|| swept = sweep(&all));
        swept?;
        let folder = tempfile::Builder::new().prefix("").tempdir_in(&all)?;
        let lock = File::open(folder.path())?;
        lock.lock()?;
        Ok(Self {
            folder,
            _lock: lock,
        })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

fn locked_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    let file = own::open(&mut options, path)?;
    file.lock()?;
    Ok(file)
}

/// Removes the folders that no process has locked.
fn sweep(all: &Path) -> io::Result<()> {
    for entry in fs::read_dir(all)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() && !is_used(&entry.path())? {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

/// Its simulator may have been dropped, and the folder removed, since it was found.
fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn is_used(folder: &Path) -> io::Result<bool> {
    match File::open(folder) {
        // Its simulator was dropped meanwhile, for which it needs no lock.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        opened => Ok(opened?.try_lock().is_err()),
    }
}
