//! The folder beside a state file with what `run --machine` shows.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::capabilities;
use crate::own;
use crate::store::beside;

/// The folder of a state file's machine. Only its user may enter it, and it is never used through a link: files in it
/// are removed, and a file system is mounted in it.
#[derive(Debug)]
pub struct ViewFolder(PathBuf);

impl ViewFolder {
    /// Returns the folder beside this state file.
    #[must_use]
    pub fn beside(state_file: &Path) -> Self {
        Self(beside(state_file, capabilities::VIEW_FOLDER))
    }

    /// Returns the path of the folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Returns the folder of the capability files, unless the user chooses another.
    #[must_use]
    pub fn capabilities(&self) -> PathBuf {
        self.0.join("proc")
    }

    /// Creates an empty folder in it to mount a file system on.
    ///
    /// # Errors
    ///
    /// The operating system's error, or the reason why a folder is not safe.
    pub fn create_stage(&self) -> io::Result<PathBuf> {
        let stage = self.0.join("stage");
        own::create_own_folder(&self.0)?;
        own::create_own_folder(&stage)?;
        Ok(stage)
    }

    /// Removes the folder with its contents, if it exists.
    ///
    /// # Errors
    ///
    /// As [`create_stage`](Self::create_stage).
    pub fn remove(&self) -> io::Result<()> {
        if own::is_own_folder(&self.0)? {
            fs::remove_dir_all(&self.0)?;
        }
        Ok(())
    }
}
