//! GPUs that can't be exported.

use crate::error::Error;
use crate::plan::PlacedGpuInstance;
use crate::quoted::Quoted;

/// GPUs that can't be exported to a mig-parted file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigPartedExportError {
    /// NVML failed to describe a GPU.
    #[error("a GPU can't be read")]
    Nvml(#[from] Error),
    /// The name of the configuration is empty, or contains a control character such as a line break.
    #[error("\"{}\" can't be the name of a configuration", Quoted(name))]
    #[non_exhaustive]
    ConfigName {
        /// The name that a configuration can't have.
        name: String,
    },
    /// A GPU instance has no compute instance, or compute instances that mig-parted would combine differently, since its
    /// files only count MIG devices by name.
    #[error(
        "GPU {gpu}: a mig-parted file counts MIG devices by name, and can't express {instance}"
    )]
    #[non_exhaustive]
    NotExpressible {
        /// Index of the GPU.
        gpu: u32,
        /// The GPU instance concerned.
        instance: PlacedGpuInstance,
    },
}
