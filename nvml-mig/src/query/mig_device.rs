//! The handle of a MIG device.

use nvml_mig_sys::{Handle, nvmlDevice_st};

use super::{Device, plausible};
use crate::driver::call::{Failure, call, still_there};
use crate::id::{ComputeInstanceId, GpuInstanceId};

/// Limit for the reported number of MIG devices of a GPU; a larger one is implausible. A GPU has at most 8 GPU instances with 8
/// compute instances each, so it exceeds that of any GPU.
pub(crate) const MOST_MIG_DEVICES: u32 = 256;

/// A MIG device: one compute instance of a GPU instance, as CUDA programs see it. Its [`uuid`](Self::uuid) goes into
/// `CUDA_VISIBLE_DEVICES`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MigDevice {
    /// NVML uses handles of the same type for MIG devices and GPUs, but supports different calls on them.
    device: Device,
}

impl MigDevice {
    #[inline]
    pub(crate) const fn new(device: Device) -> Self {
        Self { device }
    }

    /// Returns the handle as a device, for calls that NVML supports on both GPUs and MIG devices.
    #[inline]
    pub(crate) const fn as_device(&self) -> &Device {
        &self.device
    }

    #[inline]
    pub(crate) fn gpu_instance_id_or_failure(&self) -> Result<GpuInstanceId, Failure> {
        let library = self.device.driver().library();
        let mut id = 0;
        call!(library.nvmlDeviceGetGpuInstanceId(self.device.handle(), &mut id))?;
        let id = plausible::id("nvmlDeviceGetGpuInstanceId", id)?;
        Ok(GpuInstanceId::new(id))
    }

    #[inline]
    pub(crate) fn compute_instance_id_or_failure(&self) -> Result<ComputeInstanceId, Failure> {
        let library = self.device.driver().library();
        let mut id = 0;
        call!(library.nvmlDeviceGetComputeInstanceId(self.device.handle(), &mut id))?;
        let id = plausible::id("nvmlDeviceGetComputeInstanceId", id)?;
        Ok(ComputeInstanceId::new(id))
    }

    /// Whether it was destroyed, which other processes may do at any time.
    pub(crate) fn is_gone(&self) -> bool {
        still_there(self.gpu_instance_id_or_failure()).is_none()
    }

    /// Whether it is this compute instance of this GPU instance.
    pub(crate) fn is_in(
        &self,
        gpu_instance: GpuInstanceId,
        compute_instance: ComputeInstanceId,
    ) -> Result<bool, Failure> {
        Ok(self.gpu_instance_id_or_failure()? == gpu_instance
            && self.compute_instance_id_or_failure()? == compute_instance)
    }
}

impl Device {
    #[inline]
    pub(crate) fn max_mig_device_count_or_failure(&self) -> Result<u32, Failure> {
        let library = self.driver().library();
        let mut count = 0;
        call!(library.nvmlDeviceGetMaxMigDeviceCount(self.handle(), &mut count))?;
        if count > MOST_MIG_DEVICES {
            return Err(Failure::implausible("nvmlDeviceGetMaxMigDeviceCount"));
        }
        Ok(count)
    }

    #[inline]
    pub(crate) fn mig_device_by_index_or_failure(&self, index: u32) -> Result<MigDevice, Failure> {
        let library = self.driver().library();
        let mut raw = Handle::<nvmlDevice_st>::NULL.raw();
        call!(library.nvmlDeviceGetMigDeviceHandleByIndex(self.handle(), index, &mut raw))?;
        Ok(MigDevice::new(self.sibling(Handle::new(raw))))
    }
}
