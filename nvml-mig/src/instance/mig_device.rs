//! The two instances that a MIG device is made of.

use crate::error::Error;
use crate::query::{ComputeInstance, GpuInstance, MigDevice};

/// # Instances
impl MigDevice {
    /// The GPU instance that it is in. Needs root or `CAP_SYS_ADMIN`; the ids alone do not.
    ///
    /// # Errors
    ///
    /// As [`Device::gpu_instance_by_id`](crate::Device::gpu_instance_by_id).
    pub fn gpu_instance(&self) -> Result<GpuInstance, Error> {
        self.parent()?.gpu_instance_by_id(self.gpu_instance_id()?)
    }

    /// The compute instance that it is. Needs root or `CAP_SYS_ADMIN`; the ids alone do not.
    ///
    /// # Errors
    ///
    /// As [`GpuInstance::compute_instance_by_id`].
    pub fn compute_instance(&self) -> Result<ComputeInstance, Error> {
        self.gpu_instance()?
            .compute_instance_by_id(self.compute_instance_id()?)
    }
}
