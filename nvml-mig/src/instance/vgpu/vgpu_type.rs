//! A vGPU type.

use crate::driver::call::Failure;
use crate::error::{Error, Subject};
use crate::explain::{self, VgpuCall};
use crate::id::{GpuInstanceProfileId, VgpuTypeId};
use crate::query::{Device, GpuInstance};

/// A type of vGPU, such as `A100-4-20C`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[doc(alias = "nvmlVgpuTypeId_t")]
pub struct VgpuType {
    device: Device,
    id: VgpuTypeId,
}

/// # vGPUs
impl Device {
    /// Returns the vGPU type with this number. NVML is not asked whether it exists.
    #[must_use]
    pub fn vgpu_type(&self, id: VgpuTypeId) -> VgpuType {
        let device = self.clone();
        VgpuType { device, id }
    }
}

/// # vGPUs
impl GpuInstance {
    /// Returns the vGPU types of which another vGPU fits on it now. On a full GPU instance there are none.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotSupported`](crate::ReturnCode::NotSupported) if this is no vGPU host;
    /// [`ReturnCode::InvalidArgument`](crate::ReturnCode::InvalidArgument) if the instance is gone.
    #[doc(alias = "nvmlGpuInstanceGetCreatableVgpus")]
    pub fn creatable_vgpu_types(&self) -> Result<Vec<VgpuType>, Error> {
        let found = self.creatable_vgpu_types_or_failure();
        let ids = found.map_err(|failure| self.vgpu_error(failure, VgpuCall::List))?;
        let types = ids.into_iter().map(|id| self.device().vgpu_type(id));
        Ok(types.collect())
    }
}

impl VgpuType {
    /// Returns its number, the N of `nvidia-N` in `mdev_supported_types`.
    #[must_use]
    pub const fn id(&self) -> VgpuTypeId {
        self.id
    }

    /// Returns the id of the GPU instance profile that a vGPU of this type needs; `None` for a type that shares a GPU without
    /// MIG. All drivers with MIG have this function.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotSupported`](crate::ReturnCode::NotSupported) if this is no vGPU host,
    /// [`ReturnCode::InvalidArgument`](crate::ReturnCode::InvalidArgument) if there is no such type.
    #[doc(alias = "nvmlVgpuTypeGetGpuInstanceProfileId")]
    pub fn gpu_instance_profile(&self) -> Result<Option<GpuInstanceProfileId>, Error> {
        let found = self.device.profile_of_vgpu_type_or_failure(self.id);
        found.map_err(|failure| self.error(failure))
    }

    /// Returns how many vGPUs of this type fit on a GPU instance of its profile.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotSupported`](crate::ReturnCode::NotSupported) if this is no vGPU host, and for a type that shares a GPU
    /// without MIG; [`ReturnCode::InvalidArgument`](crate::ReturnCode::InvalidArgument) if there is no such type.
    #[doc(alias = "nvmlVgpuTypeGetMaxInstancesPerGpuInstance")]
    pub fn max_instances_per_gpu_instance(&self) -> Result<u32, Error> {
        let found = self.device.most_of_vgpu_type_or_failure(self.id);
        found.map_err(|failure| self.error(failure))
    }

    fn error(&self, failure: Failure) -> Error {
        let subject = || Subject {
            vgpu_type: Some(self.id),
            ..Subject::default()
        };
        let hint = |code| explain::vgpu_type(&self.device, code);
        self.device.error_about(failure, &subject, &hint)
    }
}
