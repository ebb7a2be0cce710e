//! The instances on a GPU, and those in a GPU instance. NVML lists by profile and has no "all", so every profile is
//! asked for.

use nvml_mig_sys::{Handle, nvmlComputeInstance_st, nvmlGpuInstance_st};

use super::{ComputeInstance, Device, GpuInstance, MigMode};
use crate::driver::buffer;
use crate::driver::call::{Failure, call, still_there};
use crate::profile::{ComputeInstanceProfileInfo, GpuInstanceProfileInfo};

/// Room for more instances of a profile than any GPU has slices: NVML does not ask for it and would write past the
/// end, and the count that some A30 drivers report is too small.
const ROOM: u32 = 64;

impl Device {
    pub(crate) fn gpu_instances_or_failure(&self) -> Result<Vec<GpuInstance>, Failure> {
        Ok(self.partition_or_failure()?.unwrap_or_default())
    }

    /// All GPU instances; `None` while MIG mode is off.
    pub(crate) fn partition_or_failure(&self) -> Result<Option<Vec<GpuInstance>>, Failure> {
        if self.mig_mode_or_failure()?.current != MigMode::Enabled {
            return Ok(None);
        }
        let mut instances = Vec::new();
        for profile in self.gpu_instance_profiles_or_failure()? {
            instances.extend(self.gpu_instances_of_profile(&profile)?);
        }
        instances.sort_by_key(GpuInstance::id);
        instances.dedup_by_key(|instance| instance.id());
        Ok(Some(instances))
    }

    pub(crate) fn gpu_instances_of_profile(
        &self,
        profile: &GpuInstanceProfileInfo,
    ) -> Result<Vec<GpuInstance>, Failure> {
        let library = self.driver().library();
        let capacity = profile.instance_count.max(ROOM);
        let empty = Handle::<nvmlGpuInstance_st>::NULL.raw();
        let handles = buffer::unsized_list(capacity, empty, |instances, count| {
            let (device, id) = (self.handle(), profile.id.number());
            call!(library.nvmlDeviceGetGpuInstances(device, id, instances, count))
        })?;
        let adopt = |raw| still_there(GpuInstance::adopt(self, Handle::new(raw)));
        handles.into_iter().filter_map(adopt).collect()
    }
}

impl GpuInstance {
    pub(crate) fn compute_instances_or_failure(&self) -> Result<Vec<ComputeInstance>, Failure> {
        let mut instances = Vec::new();
        for profile in self.compute_instance_profiles_or_failure()? {
            instances.extend(self.compute_instances_of_profile(&profile)?);
        }
        instances.sort_by_key(ComputeInstance::id);
        instances.dedup_by_key(|instance| instance.id());
        Ok(instances)
    }

    pub(crate) fn compute_instances_of_profile(
        &self,
        profile: &ComputeInstanceProfileInfo,
    ) -> Result<Vec<ComputeInstance>, Failure> {
        let library = self.device().driver().library();
        let capacity = profile.instance_count.max(ROOM);
        let empty = Handle::<nvmlComputeInstance_st>::NULL.raw();
        let handles = buffer::unsized_list(capacity, empty, |instances, count| {
            let (instance, id) = (self.handle(), profile.id.number());
            call!(library.nvmlGpuInstanceGetComputeInstances(instance, id, instances, count))
        })?;
        let adopt = |raw| still_there(ComputeInstance::adopt(self, Handle::new(raw)));
        handles.into_iter().filter_map(adopt).collect()
    }
}
