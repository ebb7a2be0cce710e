//! Why there is no plan for a GPU.

use crate::error::Error;
use crate::plan::PlanError;
use crate::query::{MigMode, MigModes};

/// Why there is no plan for a GPU.
#[derive(Debug, thiserror::Error)]
#[error("{}{reason}", which(.uuid.as_ref()))]
#[non_exhaustive]
pub struct GpuPlanError {
    /// UUID of the GPU, if it can be read.
    pub uuid: Option<String>,
    /// Why not.
    pub reason: GpuPlanErrorReason,
}

/// Why there is no plan for a GPU.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GpuPlanErrorReason {
    /// NVML refused to tell what the GPU is.
    #[error(transparent)]
    Nvml(#[from] Error),
    /// The layout does not fit.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// MIG mode would have to be changed, and may not.
    #[error("MIG mode is {current} and would have to be {wanted}; changing it was not allowed")]
    MigMode {
        /// The mode now.
        current: MigMode,
        /// The mode that is needed.
        wanted: MigMode,
    },
    /// A change of MIG mode is pending, or would be: the GPU must be reset first.
    #[error("MIG mode is {} and will be {} after a GPU reset: reset the GPU first", .0.current(), .0.pending())]
    ResetNeeded(MigModes),
}

fn which(uuid: Option<&String>) -> String {
    uuid.map_or_else(String::new, |uuid| format!("GPU {uuid}: "))
}
