//! What an exported file leaves out.

use crate::error::Error;
use crate::plan::PlacedGpuInstance;
use crate::query::MigModes;

/// Something that an exported file leaves out, with the reason. Prints one line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigPartedOmission {
    /// A GPU that can't be opened or read.
    #[error("GPU {gpu} is left out, since it can't be read")]
    #[non_exhaustive]
    Unreadable {
        /// Index of the GPU.
        gpu: u32,
        /// The reason.
        source: Error,
    },
    /// A change of MIG mode that waits for a GPU reset or reboot. The file has the current mode, so asserting it is false.
    #[error(
        "GPU {gpu}: MIG mode is {} but will be {} after a GPU reset or reboot, which the file can't say",
        modes.current(),
        modes.pending()
    )]
    #[non_exhaustive]
    PendingMigMode {
        /// Index of the GPU.
        gpu: u32,
        /// The current and the pending mode.
        modes: MigModes,
    },
    /// A GPU instance without compute instances. It has no MIG device, and the file counts only these.
    #[error("GPU {gpu}: {instance} is left out, since the file counts MIG devices")]
    #[non_exhaustive]
    NoComputeInstance {
        /// Index of the GPU.
        gpu: u32,
        /// The GPU instance.
        instance: PlacedGpuInstance,
    },
    /// A whole GPU, since the driver gives one of its instances a name that the file can't have. With the other instances
    /// alone in the file, applying it would destroy this one.
    #[error("GPU {gpu} is left out, since the file can't name the profiles of {instance}")]
    #[non_exhaustive]
    NotExpressible {
        /// Index of the GPU.
        gpu: u32,
        /// The GPU instance concerned.
        instance: PlacedGpuInstance,
    },
}
