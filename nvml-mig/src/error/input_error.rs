//! Input that is wrong before NVML is asked.

use super::ProfileError;

/// An argument that is wrong, found before NVML was asked to do anything.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// A profile can't be found.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The UUID of a MIG device was given where that of a GPU is needed.
    #[error("'{uuid}' is the UUID of a MIG device and not of a GPU: look it up as a MIG device")]
    UuidOfMigDevice {
        /// The UUID.
        uuid: String,
    },
    /// A text that is not the UUID of a MIG device was given where one is needed.
    #[error("'{uuid}' is not the UUID of a MIG device, which starts with 'MIG-'")]
    NotUuidOfMigDevice {
        /// The text.
        uuid: String,
    },
    /// A text with a NUL character can't be passed to C.
    #[error("{text:?} can't be looked up: it has a NUL character in it")]
    Nul {
        /// The text.
        text: String,
    },
    /// An instance is gone: this or another process destroyed it.
    #[error("{instance} is gone")]
    Gone {
        /// The instance, such as `GPU instance 1`.
        instance: String,
    },
    /// Two GPM samples can't be compared: they are of different GPU instances.
    #[error("the two samples are of different GPU instances")]
    SamplesOfTwoInstances,
    /// NVML gives so many metrics at once and no more.
    #[error("NVML gives {most} metrics at once, not {asked}")]
    TooManyMetrics {
        /// How many it gives.
        most: usize,
        /// How many were asked for.
        asked: usize,
    },
}
