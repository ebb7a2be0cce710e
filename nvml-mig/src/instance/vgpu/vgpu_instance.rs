//! A vGPU of a running virtual machine.

use crate::error::{Error, Subject};
use crate::explain::{self, VgpuCall};
use crate::id::{GpuInstanceId, VgpuInstanceId};
use crate::query::{Device, GpuInstance};

/// A vGPU of a running virtual machine, on its host.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[doc(alias = "nvmlVgpuInstance_t")]
pub struct VgpuInstance {
    device: Device,
    id: VgpuInstanceId,
}

/// # vGPUs
impl Device {
    /// Returns the vGPU with this id. NVML is not asked whether it exists.
    #[must_use]
    pub fn vgpu_instance(&self, id: VgpuInstanceId) -> VgpuInstance {
        let device = self.clone();
        VgpuInstance { device, id }
    }
}

/// # vGPUs
impl GpuInstance {
    /// Returns the vGPUs on it. They keep it in use: it can't be destroyed.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotSupported`](crate::ReturnCode::NotSupported) if this is no vGPU host;
    /// [`ReturnCode::InvalidArgument`](crate::ReturnCode::InvalidArgument) if the instance is gone.
    #[doc(alias = "nvmlGpuInstanceGetActiveVgpus")]
    pub fn active_vgpus(&self) -> Result<Vec<VgpuInstance>, Error> {
        let found = self.active_vgpus_or_failure();
        let ids = found.map_err(|failure| self.vgpu_error(failure, VgpuCall::List))?;
        let vgpus = ids.into_iter().map(|id| self.device().vgpu_instance(id));
        Ok(vgpus.collect())
    }
}

impl VgpuInstance {
    /// Returns its id, which nvidia-smi prints as `vGPU ID`.
    #[must_use]
    pub const fn id(&self) -> VgpuInstanceId {
        self.id
    }

    /// Returns the id of its GPU instance; `None` for a share of a GPU without MIG. All drivers with MIG have this function.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotFound`](crate::ReturnCode::NotFound) if no such vGPU runs.
    #[doc(alias = "nvmlVgpuInstanceGetGpuInstanceId")]
    pub fn gpu_instance_id(&self) -> Result<Option<GpuInstanceId>, Error> {
        let found = self.device.gpu_instance_of_vgpu_or_failure(self.id);
        found.map_err(|failure| {
            let subject = || Subject {
                vgpu_instance: Some(self.id),
                ..Subject::default()
            };
            let hint = |code| explain::vgpu_instance(&self.device, code);
            self.device.error_about(failure, &subject, &hint)
        })
    }
}
