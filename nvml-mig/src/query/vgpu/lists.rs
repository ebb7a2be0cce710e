//! The lists of vGPU types and vGPUs, and what NVML tells of one of them by its number.

use nvml_mig_sys as sys;

use crate::driver::buffer::sized_list;
use crate::driver::call::{Failure, call};
use crate::driver::roomy::Roomy;
use crate::id::{GpuInstanceId, GpuInstanceProfileId, VgpuInstanceId, VgpuTypeId};
use crate::query::{Device, GpuInstance, plausible};

/// Room for the types or vGPUs of a GPU instance, above what is known, so that one call is enough.
const ROOM: u32 = 64;

impl GpuInstance {
    /// Returns the vGPU types of which another vGPU fits on it now.
    pub(crate) fn creatable_vgpu_types_or_failure(&self) -> Result<Vec<VgpuTypeId>, Failure> {
        let library = self.device().driver().library();
        let function = "nvmlGpuInstanceGetCreatableVgpus";
        let numbers = sized_list(function, ROOM, |numbers, count| {
            let mut list = Roomy::new(sys::nvmlVgpuTypeIdInfo_t {
                version: sys::nvmlVgpuTypeIdInfo_v1,
                vgpuCount: *count,
                vgpuTypeIds: numbers.as_mut_ptr(),
            });
            let answer =
                call!(library.nvmlGpuInstanceGetCreatableVgpus(self.handle(), list.place()));
            *count = list.value.vgpuCount;
            answer
        })?;
        Ok(numbers.into_iter().map(VgpuTypeId::new).collect())
    }

    /// Returns the vGPUs on it.
    pub(crate) fn active_vgpus_or_failure(&self) -> Result<Vec<VgpuInstanceId>, Failure> {
        let library = self.device().driver().library();
        let function = "nvmlGpuInstanceGetActiveVgpus";
        let numbers = sized_list(function, ROOM, |numbers, count| {
            let mut list = Roomy::new(sys::nvmlActiveVgpuInstanceInfo_t {
                version: sys::nvmlActiveVgpuInstanceInfo_v1,
                vgpuCount: *count,
                vgpuInstances: numbers.as_mut_ptr(),
            });
            let answer = call!(library.nvmlGpuInstanceGetActiveVgpus(self.handle(), list.place()));
            *count = list.value.vgpuCount;
            answer
        })?;
        Ok(numbers.into_iter().map(VgpuInstanceId::new).collect())
    }
}

impl Device {
    /// Returns the GPU instance profile that a vGPU type needs; `None` for one that shares a GPU without MIG.
    pub(crate) fn profile_of_vgpu_type_or_failure(
        &self,
        id: VgpuTypeId,
    ) -> Result<Option<GpuInstanceProfileId>, Failure> {
        let library = self.driver().library();
        let mut profile = sys::INVALID_GPU_INSTANCE_PROFILE_ID;
        call!(library.nvmlVgpuTypeGetGpuInstanceProfileId(id.number(), &mut profile))?;
        let known = profile != sys::INVALID_GPU_INSTANCE_PROFILE_ID;
        Ok(known.then_some(GpuInstanceProfileId::new(profile)))
    }

    /// Returns how many vGPUs of a type fit on a GPU instance.
    pub(crate) fn most_of_vgpu_type_or_failure(&self, id: VgpuTypeId) -> Result<u32, Failure> {
        let library = self.driver().library();
        let mut most = Roomy::new(sys::nvmlVgpuTypeMaxInstance_t {
            version: sys::nvmlVgpuTypeMaxInstance_v1,
            vgpuTypeId: id.number(),
            maxInstancePerGI: 0,
        });
        call!(library.nvmlVgpuTypeGetMaxInstancesPerGpuInstance(most.place()))?;
        Ok(most.value.maxInstancePerGI)
    }

    /// Returns the GPU instance of a vGPU; `None` for one that shares a GPU without MIG.
    pub(crate) fn gpu_instance_of_vgpu_or_failure(
        &self,
        id: VgpuInstanceId,
    ) -> Result<Option<GpuInstanceId>, Failure> {
        let library = self.driver().library();
        let mut found = sys::INVALID_GPU_INSTANCE_ID;
        call!(library.nvmlVgpuInstanceGetGpuInstanceId(id.number(), &mut found))?;
        let known = found != sys::INVALID_GPU_INSTANCE_ID;
        if known {
            plausible::id("nvmlVgpuInstanceGetGpuInstanceId", found)?;
        }
        Ok(known.then_some(GpuInstanceId::new(found)))
    }
}
