//! The journals, from which interrupted changes are rolled back.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::entry::Entry;
use super::gpu_file::file_name;
use super::{journal_text, private_file};

/// Far more than the entries of the GPUs of a machine need.
const MOST_BYTES: u64 = 16 << 20;
const EXTENSION: &str = "journal";

/// The journal of a transaction. It has the name of the first GPU.
#[derive(Debug, Clone)]
pub(super) struct Journal {
    path: PathBuf,
}

impl Journal {
    /// The journal of a transaction that begins with this GPU.
    pub(super) fn of(folder: &Path, uuid: &str) -> io::Result<Self> {
        let path = folder.join(file_name(uuid)?).with_extension(EXTENSION);
        Ok(Self { path })
    }

    /// All journals in a folder: each is of a transaction under way, or of one that was interrupted.
    pub(super) fn all(folder: &Path) -> io::Result<Vec<Self>> {
        let mut journals = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == EXTENSION)
            {
                journals.push(Self { path });
            }
        }
        journals.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(journals)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn write(&self, entries: &[Entry]) -> io::Result<()> {
        private_file::replace(&self.path, &journal_text::write(entries)?)
    }

    /// Returns the entries; none if it was removed meanwhile.
    pub(super) fn read(&self) -> io::Result<Vec<Entry>> {
        let text = match private_file::read(&self.path, MOST_BYTES) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            text => text?,
        };
        let entries = journal_text::read(&text);
        entries.map_err(|error| io::Error::new(ErrorKind::InvalidData, error))
    }

    /// Replaces the journal by one of these entries, or removes it if there are none. Returns the journal that has them: its
    /// name is that of the first GPU, whose next transaction has a journal of this name.
    pub(super) fn keep(&self, entries: &[Entry]) -> io::Result<Self> {
        let Some(first) = entries.first() else {
            private_file::remove_for_good(&self.path)?;
            return Ok(self.clone());
        };
        let kept = Self::of(self.path.parent().unwrap_or(Path::new(".")), &first.uuid)?;
        kept.write(entries)?;
        if kept.path != self.path {
            private_file::remove_for_good(&self.path)?;
        }
        Ok(kept)
    }
}
