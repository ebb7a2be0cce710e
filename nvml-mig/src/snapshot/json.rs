//! A snapshot as JSON.

use serde::Deserialize;

use super::serde::VERSION;
use super::{GpuSnapshot, Snapshot};
use crate::plan::{ImpossibleGpu, format_version, json_text};
use crate::quoted::Quoted;

/// The complete form, read after the version was checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a snapshot, as an object")]
struct Read {
    #[serde(rename = "version")]
    _version: u32,
    gpus: Vec<GpuSnapshot>,
}

/// The reason why a text is not a valid snapshot.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The text is not the JSON of a snapshot; the source contains line and column.
    #[error("the text is not a snapshot")]
    Json(#[from] serde_json::Error),
    /// This crate does not know the version.
    #[error("the snapshot has version {found}, but this program reads version {VERSION}")]
    #[non_exhaustive]
    Version {
        /// Version of the snapshot.
        found: u32,
    },
    /// The snapshot contains a GPU twice.
    #[error("the snapshot contains GPU {} twice", Quoted(uuid))]
    #[non_exhaustive]
    Twice {
        /// UUID of the GPU.
        uuid: String,
    },
    /// No machine can have the snapshot.
    #[error("the text is not the snapshot of any machine")]
    Impossible(#[from] ImpossibleGpu),
}

impl Snapshot {
    /// Converts the snapshot to JSON, with a version.
    ///
    /// # Errors
    ///
    /// [`SnapshotError::Json`] with errors of `serde_json`; there are none for a snapshot.
    pub fn to_json(&self) -> Result<String, SnapshotError> {
        Ok(serde_json::to_string_pretty(self)?)
    }

    /// Reads a snapshot that [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    ///
    /// [`SnapshotError`] if the text is not a snapshot, is longer than 4 MiB, has a version that this crate does not know, or
    /// describes more than any machine has.
    pub fn from_json(text: &str) -> Result<Self, SnapshotError> {
        let found = format_version::in_json(text)?;
        if found != VERSION {
            return Err(SnapshotError::Version { found });
        }
        let Read { gpus, .. } = json_text::read(text)?;
        let snapshot = Self { gpus };
        snapshot.check()?;
        match snapshot.twice() {
            Some(uuid) => Err(SnapshotError::Twice { uuid }),
            None => Ok(snapshot),
        }
    }
}
