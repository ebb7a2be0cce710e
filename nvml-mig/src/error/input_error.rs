//! Invalid input.

use super::ProfileError;
use crate::quoted::{Quoted, joined};

/// An invalid argument, or one that names something that does not exist. No NVML call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// The profile was not found.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The UUID of a MIG device was passed where the UUID of a GPU is needed.
    #[error(
        "'{}' is the UUID of a MIG device, not of a GPU: look it up as a MIG device",
        Quoted(uuid)
    )]
    #[non_exhaustive]
    UuidOfMigDevice {
        /// The UUID that was passed.
        uuid: String,
    },
    /// A text other than the UUID of a MIG device was passed where one is needed.
    #[error(
        "'{}' is not the UUID of a MIG device, which starts with 'MIG-'",
        Quoted(uuid)
    )]
    #[non_exhaustive]
    NotUuidOfMigDevice {
        /// The text that was passed.
        uuid: String,
    },
    /// The UUIDs of several devices start with this text.
    #[error("'{}' is ambiguous: write {}", Quoted(wanted), joined(.candidates, " or "))]
    #[non_exhaustive]
    AmbiguousDevice {
        /// The ambiguous start of a UUID.
        wanted: String,
        /// The matching UUIDs.
        candidates: Vec<String>,
    },
    /// The text contains a NUL character, so it cannot be passed to C.
    #[error("\"{}\" can't be looked up: it contains a NUL character", Quoted(text))]
    #[non_exhaustive]
    Nul {
        /// The text that was passed.
        text: String,
    },
    /// The instance no longer exists: this or another process destroyed it.
    #[error("{instance} no longer exists")]
    #[non_exhaustive]
    Gone {
        /// The instance, such as `GPU instance 1`.
        instance: String,
    },
    /// The two GPM samples are from different GPU instances.
    #[error("the two samples are from different GPU instances")]
    SamplesOfTwoInstances,
    /// More metrics were requested than NVML returns at once.
    #[error("NVML returns at most {most} metrics at once, not {asked}")]
    #[non_exhaustive]
    TooManyMetrics {
        /// Maximum number of metrics.
        most: usize,
        /// Number of requested metrics.
        asked: usize,
    },
}

impl InputError {
    /// Creates the error of an instance that no longer exists, such as `GPU instance 1`.
    #[must_use]
    pub fn gone(instance: impl Into<String>) -> Self {
        let instance = instance.into();
        Self::Gone { instance }
    }
}
