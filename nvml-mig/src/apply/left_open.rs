//! The GPUs that an interrupted change left, as anybody sees them who may read the folder of the locks.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::Path;

use super::apply_error::{ApplyError, ApplyFailure};
use super::entry::Entry;
use super::journal::Journal;
use super::lock_error::LockError;
use super::lock_options::LockOptions;

impl LockOptions {
    /// Returns the UUIDs of the GPUs that an interrupted change left, and that were not restored yet, without the lock and without
    /// creating its folder. While a process holds the lock, there are none: a journal may be of its change.
    ///
    /// The next change of these GPUs should begin with [`MachineLock::recover`](super::MachineLock::recover), so what is read or
    /// planned before may differ from what stands there then.
    ///
    /// # Examples
    ///
    /// ```
    /// # let temporary = tempfile::tempdir()?;
    /// # let folder = temporary.path();
    /// use nvml_mig::apply::LockOptions;
    ///
    /// let options = LockOptions::new().with_folder(folder);
    /// assert!(options.interrupted_gpus()?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ApplyFailure::Journal`] if the folder or a journal can't be read, or if a journal is malformed.
    pub fn interrupted_gpus(&self) -> Result<Vec<String>, ApplyError> {
        self.left_gpus(|_| true)
    }

    /// Returns the UUIDs of the GPUs that a journal calls unfinished: those of [`interrupted_gpus`](Self::interrupted_gpus) and, while
    /// a process holds the lock, those that it may be changing or is still to restore.
    ///
    /// # Errors
    ///
    /// Those of [`interrupted_gpus`](Self::interrupted_gpus).
    pub fn unfinished_gpus(&self) -> Result<Vec<String>, ApplyError> {
        Ok(self.journaled(|_| true)?)
    }

    /// Returns those of [`interrupted_gpus`](Self::interrupted_gpus) on which a change is done but for temporary instances, which the
    /// next change destroys. Nothing else of these GPUs is changed by that.
    ///
    /// # Errors
    ///
    /// Those of [`interrupted_gpus`](Self::interrupted_gpus).
    pub fn left_over_gpus(&self) -> Result<Vec<String>, ApplyError> {
        self.left_gpus(Entry::is_done_but_for_temporary)
    }

    fn journaled(&self, is_asked: impl Fn(&Entry) -> bool) -> Result<Vec<String>, ApplyFailure> {
        let journals = match read_all(self.folder()) {
            // Nothing was ever changed here.
            Err(ApplyFailure::Journal { source, .. }) if source.kind() == ErrorKind::NotFound => {
                return Ok(Vec::new());
            }
            journals => journals?,
        };
        let mut uuids = uuids(journals, is_asked);
        uuids.retain(|uuid| self.gpus().is_none_or(|gpus| gpus.contains(uuid)));
        Ok(uuids)
    }

    fn left_gpus(&self, is_asked: impl Fn(&Entry) -> bool) -> Result<Vec<String>, ApplyError> {
        let mut uuids = self.journaled(is_asked)?;
        if uuids.is_empty() {
            return Ok(uuids);
        }
        // Asked last: a change that began meanwhile may have written what was read.
        let holder = self.holder();
        let holder =
            holder.map_err(|LockError { path, source }| ApplyFailure::Journal { path, source })?;
        if holder.is_some() {
            uuids.clear();
        }
        Ok(uuids)
    }
}

/// The UUIDs in these journals, each once, in order.
pub(super) fn uuids(
    journals: Vec<(Journal, Vec<Entry>)>,
    is_asked: impl Fn(&Entry) -> bool,
) -> Vec<String> {
    let entries = journals.into_iter().flat_map(|(_, entries)| entries);
    let uuids: BTreeSet<String> = entries.filter(is_asked).map(|entry| entry.uuid).collect();
    uuids.into_iter().collect()
}

/// Reads all journals in a folder.
pub(super) fn read_all(folder: &Path) -> Result<Vec<(Journal, Vec<Entry>)>, ApplyFailure> {
    let journals = Journal::all(folder).map_err(ApplyFailure::journal(folder))?;
    let read = journals.into_iter().map(|journal| {
        let entries = journal.read();
        let entries = entries.map_err(ApplyFailure::journal(journal.path()))?;
        Ok((journal, entries))
    });
    read.collect()
}
