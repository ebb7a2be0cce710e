//! The journal, from which an interrupted change is rolled back.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::versioned;
use crate::plan::PlacedGpuInstance;
use crate::query::MigModes;

/// Journals of other versions are rejected.
const VERSION: u32 = 1;

/// The journal file of a lock.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
}

/// The previous and the desired state of a GPU.
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

    /// Whether there is a journal: a process was killed while it applied plans.
    pub(super) fn is_there(&self) -> bool {
        // If the file can't be inspected, assume that it exists: reading it reports the error.
        !matches!(fs::symlink_metadata(&self.path), Err(error) if error.kind() == io::ErrorKind::NotFound)
    }

    /// Replaces the journal atomically: a killed process leaves either the old or the new one. It is not synced to
    /// disk, since instances do not survive a power loss either.
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
