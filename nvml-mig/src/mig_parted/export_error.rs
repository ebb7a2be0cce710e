//! GPUs that a file of mig-parted can't describe.

use crate::error::Error;
use crate::plan::PlacedGpuInstance;

/// GPUs that can't be exported as a file of mig-parted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigPartedExportError {
    /// NVML refused to describe a GPU.
    #[error("a GPU can't be read")]
    Nvml(#[from] Error),
    /// The name is empty, or has a line break or another control character.
    #[error("{name:?} can't be the name of a configuration")]
    ConfigName {
        /// The name.
        name: String,
    },
    /// A GPU instance without a compute instance, or with compute instances of which the same counts would be put
    /// together otherwise: such files count MIG devices by their names.
    #[error(
        "mig-parted's files count MIG devices by their names, which can't express this: {instance}"
    )]
    NotExpressible {
        /// The GPU instance.
        instance: PlacedGpuInstance,
    },
}
