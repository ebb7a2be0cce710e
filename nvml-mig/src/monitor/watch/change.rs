//! A change of the MIG configuration.

use crate::id::{ComputeInstanceId, GpuInstanceId};
use crate::query::{Device, MigModes};

/// A change of the MIG configuration: instances of a GPU were created or destroyed, or MIG mode changed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[doc(alias = "nvmlEventData_t")]
pub struct MigConfigChange {
    /// The GPU that changed.
    pub device: Device,
    /// The GPU instance, if the driver reports it.
    pub gpu_instance_id: Option<GpuInstanceId>,
    /// The compute instance, if the driver reports it.
    pub compute_instance_id: Option<ComputeInstanceId>,
    /// MIG mode now, if it is not as it was at the start of the watch or at the last change.
    pub mig_modes: Option<MigModes>,
}

impl MigConfigChange {
    /// Creates a change of this GPU with no known instance, for example in a test.
    #[must_use]
    pub const fn new(device: Device) -> Self {
        Self {
            device,
            gpu_instance_id: None,
            compute_instance_id: None,
            mig_modes: None,
        }
    }

    /// Sets the GPU instance.
    #[must_use]
    pub fn with_gpu_instance_id(self, id: GpuInstanceId) -> Self {
        Self {
            gpu_instance_id: Some(id),
            ..self
        }
    }

    /// Sets the compute instance.
    #[must_use]
    pub fn with_compute_instance_id(self, id: ComputeInstanceId) -> Self {
        Self {
            compute_instance_id: Some(id),
            ..self
        }
    }

    /// Sets the new MIG mode.
    #[must_use]
    pub fn with_mig_modes(self, modes: MigModes) -> Self {
        Self {
            mig_modes: Some(modes),
            ..self
        }
    }
}
