//! What is noted before something is applied, for the case that the process is killed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::versioned;
use crate::plan::PlacedGpuInstance;
use crate::query::MigModes;

/// A journal of another version is not believed.
const VERSION: u32 = 1;

/// The journal file of a lock.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
}

/// What is noted of a GPU.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub(super) uuid: String,
    /// MIG mode before.
    pub(super) modes: MigModes,
    pub(super) before: Vec<PlacedGpuInstance>,
    pub(super) after: Vec<PlacedGpuInstance>,
}

impl Journal {
    pub(super) fn beside(folder: &Path) -> Self {
        let path = folder.join("journal");
        Self { path }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether a process was killed while it applied something.
    pub(super) fn is_there(&self) -> bool {
        // What can't be looked at is taken for a journal: reading it tells why.
        !matches!(fs::symlink_metadata(&self.path), Err(error) if error.kind() == io::ErrorKind::NotFound)
    }

    /// Replaced as a whole: a process that is killed leaves the old one or the new one. It need not outlive a loss of
    /// power, which instances do not outlive either.
    pub(super) fn write(&self, entries: &[Entry]) -> io::Result<()> {
        let new = self.path.with_extension("new");
        fs::write(&new, versioned::write(VERSION, entries)?)?;
        fs::rename(&new, &self.path)
    }

    pub(super) fn read(&self) -> io::Result<Vec<Entry>> {
        let text = fs::read_to_string(&self.path)?;
        versioned::read(VERSION, &text)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }

    pub(super) fn remove(&self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}
