//! The journal, from which an interrupted change is rolled back.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::versioned;
use crate::plan::PlacedGpuInstance;
use crate::query::{MigMode, MigModes};

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
    /// MIG mode after the change; `None` until the instances are planned, which some drivers allow only with MIG mode on.
    pub(super) mode_after: Option<MigMode>,
}

impl Entry {
    /// Whether the change is complete in this state of the GPU.
    pub(super) fn is_reached(&self, modes: MigModes, found: &[PlacedGpuInstance]) -> bool {
        Some(modes.current()) == self.mode_after && PlacedGpuInstance::are_same(found, &self.after)
    }
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

    /// Returns the entries; none without a journal.
    pub(super) fn read_if_there(&self) -> io::Result<Vec<Entry>> {
        if self.is_there() {
            self.read()
        } else {
            Ok(Vec::new())
        }
    }

    /// Replaces the journal by one of these entries, or removes it if there are none.
    pub(super) fn keep(&self, entries: &[Entry]) -> io::Result<()> {
        match entries {
            [] => self.remove(),
            entries => self.write(entries),
        }
    }

    pub(super) fn remove(&self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}
