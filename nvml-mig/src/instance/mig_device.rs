//! The GPU instance and the compute instance of a MIG device.

use crate::error::Error;
use crate::query::{ComputeInstance, GpuInstance, MigDevice};

/// # Instances
impl MigDevice {
    /// Returns its GPU instance. Needs root or `CAP_SYS_ADMIN`; its id alone does not.
    ///
    /// # Errors
    ///
    /// As [`Device::gpu_instance_by_id`](crate::Device::gpu_instance_by_id).
    pub fn gpu_instance(&self) -> Result<GpuInstance, Error> {
        self.parent()?.gpu_instance_by_id(self.gpu_instance_id()?)
    }

    /// Returns its compute instance. Needs root or `CAP_SYS_ADMIN`; its id alone does not.
    ///
    /// # Errors
    ///
    /// As [`GpuInstance::compute_instance_by_id`].
    pub fn compute_instance(&self) -> Result<ComputeInstance, Error> {
        self.gpu_instance()?
            .compute_instance_by_id(self.compute_instance_id()?)
    }
}
