//! What a rollback leaves alone, since it is not its own.

use core::fmt;

use super::difference::Difference;
use crate::plan::PlacedGpuInstance;
use crate::query::MigModes;

/// What a rollback left alone on a GPU.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LeftAlone {
    /// Processes run on an instance that the change created. Nothing was undone on this GPU.
    Busy(PlacedGpuInstance),
    /// Others created a compute instance in a GPU instance that the change created. Nothing was undone on this GPU.
    CreatedInside(PlacedGpuInstance),
    /// A temporary instance of the change can't be destroyed. Nothing was undone on this GPU: either all else is as planned, or what
    /// stood there before can't come back beside it.
    Temporary(Difference),
    /// Others created it.
    Created(Difference),
    /// Others destroyed it, so it was not restored.
    Destroyed(Difference),
    /// Others changed MIG mode.
    MigMode(MigModes),
}

impl fmt::Display for LeftAlone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy(instance) => write!(
                f,
                "nothing was undone, since processes are running on {instance}"
            ),
            Self::CreatedInside(instance) => write!(
                f,
                "nothing was undone, since others created a compute instance in {instance}"
            ),
            Self::Temporary(instance) => {
                write!(f, "nothing was undone, since temporary {instance} is left")
            }
            Self::Created(instance) => write!(f, "others created {instance}"),
            Self::Destroyed(instance) => write!(f, "others destroyed {instance}"),
            Self::MigMode(_) => f.write_str("others changed MIG mode"),
        }
    }
}
