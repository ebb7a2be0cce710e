//! A snapshot as JSON.

use super::serde::VERSION;
use super::{GpuSnapshot, Snapshot};
use crate::apply::versioned::{self, VersionedError};

/// A text that is not a snapshot.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// It is not the JSON of a snapshot; the source has line and column.
    #[error("it is not a snapshot")]
    Json(#[from] serde_json::Error),
    /// It is of a version that this crate does not know.
    #[error("it is a snapshot of version {found}, and this program knows version {VERSION}")]
    Version {
        /// The version.
        found: u32,
    },
    /// A GPU is in it twice.
    #[error("GPU {uuid} is in it twice")]
    Twice {
        /// UUID of the GPU.
        uuid: String,
    },
}

impl Snapshot {
    /// The snapshot as JSON, with a version.
    ///
    /// # Errors
    ///
    /// [`SnapshotError::Json`] with what `serde_json` reports; texts and numbers give it no reason to fail.
    pub fn to_json(&self) -> Result<String, SnapshotError> {
        Ok(serde_json::to_string_pretty(self)?)
    }

    /// The snapshot that [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    ///
    /// [`SnapshotError`] for a text that is no snapshot of a version that this crate knows.
    pub fn from_json(text: &str) -> Result<Self, SnapshotError> {
        let gpus: Vec<GpuSnapshot> =
            versioned::read(VERSION, text).map_err(|error| match error {
                VersionedError::Json(error) => SnapshotError::Json(error),
                VersionedError::Version { found } => SnapshotError::Version { found },
            })?;
        let snapshot = Self { gpus };
        match snapshot.twice() {
            Some(uuid) => Err(SnapshotError::Twice { uuid }),
            None => Ok(snapshot),
        }
    }
}
