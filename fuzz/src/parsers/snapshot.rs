//! Snapshots.

use anyhow::{Result, ensure};
use nvml_mig::snapshot::Snapshot;

use crate::checks;

pub(super) fn parse(text: &str) -> Result<bool> {
    match Snapshot::from_json(text) {
        Ok(snapshot) => {
            ensure!(snapshot.is_alike(&snapshot));
            ensure!(Snapshot::from_json(&snapshot.to_json()?)? == snapshot);
            Ok(true)
        }
        Err(problem) => checks::refused(&problem),
    }
}
