//! The GPUs that an interrupted change left, as anybody sees them who may read the folder of the locks.

use std::io::{self, ErrorKind};
use std::path::Path;

use super::apply_error::{ApplyError, ApplyFailure};
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
        let journals = match Journal::all(self.folder()) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            journals => journals.map_err(unreadable(self.folder()))?,
        };
        let mut uuids = Vec::new();
        for journal in journals {
            let entries = journal.read().map_err(unreadable(journal.path()))?;
            uuids.extend(entries.into_iter().map(|entry| entry.uuid));
        }
        uuids.retain(|uuid| self.gpus().is_none_or(|gpus| gpus.contains(uuid)));
        uuids.sort_unstable();
        uuids.dedup();
        if uuids.is_empty() {
            return Ok(uuids);
        }
        // Asked last: a change that began meanwhile may have written what was read.
        let holder = self.holder();
        let holder = holder.map_err(|LockError { path, source }| unreadable(&path)(source))?;
        if holder.is_some() {
            uuids.clear();
        }
        Ok(uuids)
    }
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> ApplyFailure {
    |source| {
        let path = path.to_owned();
        ApplyFailure::Journal { path, source }
    }
}
