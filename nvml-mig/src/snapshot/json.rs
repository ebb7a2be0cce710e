//! A snapshot as JSON.

use core::fmt;
use core::str::FromStr;

use super::{GpuSnapshot, Snapshot};
use crate::apply::versioned::{self, VersionedError};

/// Changes with everything that an older reader would misread.
const VERSION: u32 = 1;

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

/// The JSON, with its version.
impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = versioned::write(VERSION, &self.gpus).map_err(|_| fmt::Error)?;
        f.write_str(&json)
    }
}

impl FromStr for Snapshot {
    type Err = SnapshotError;

    /// # Errors
    ///
    /// [`SnapshotError`] for a text that is no snapshot of a version that this crate knows.
    fn from_str(text: &str) -> Result<Self, SnapshotError> {
        let gpus: Vec<GpuSnapshot> =
            versioned::read(VERSION, text).map_err(|error| match error {
                VersionedError::Json(error) => SnapshotError::Json(error),
                VersionedError::Version { found } => SnapshotError::Version { found },
            })?;
        for (at, gpu) in gpus.iter().enumerate() {
            if gpus.iter().take(at).any(|other| other.uuid == gpu.uuid) {
                let uuid = gpu.uuid.clone();
                return Err(SnapshotError::Twice { uuid });
            }
        }
        Ok(Self { gpus })
    }
}
