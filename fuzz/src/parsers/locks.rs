//! The folder of the locks: journals of interrupted changes, and lock files.

use std::fs;
use std::path::Path;

use anyhow::Result;
use nvml_mig::MachineLock;
use nvml_mig::apply::LockOptions;

use crate::checks;

/// The lines of a journal without its last one, which has their checksum. They are read with and without it.
pub(super) fn parse_journal(folder: &Path, bytes: &[u8]) -> Result<bool> {
    let end = format!("{{\"checksum\":{}}}\n", crc32fast::hash(bytes));
    let whole = [bytes, end.as_bytes()].concat();
    let is_accepted = read_journal(folder, &whole)?;
    read_journal(folder, bytes)?;
    Ok(is_accepted)
}

fn read_journal(folder: &Path, bytes: &[u8]) -> Result<bool> {
    fs::write(folder.join("GPU-1.journal"), bytes)?;
    let options = LockOptions::new().with_folder(folder);
    match options.interrupted_gpus() {
        Ok(gpus) => {
            for gpu in &gpus {
                checks::text(gpu)?;
            }
            Ok(!gpus.is_empty())
        }
        Err(problem) => checks::refused(&problem),
    }
}

/// What another process wrote into the lock file.
pub(super) fn parse_lock(folder: &Path, bytes: &[u8]) -> Result<bool> {
    fs::write(folder.join("lock"), bytes)?;
    match MachineLock::holder(folder) {
        Ok(None) => Ok(false),
        Ok(Some(holder)) => {
            checks::text(&holder.to_string())?;
            Ok(true)
        }
        Err(problem) => checks::refused(&problem),
    }
}
