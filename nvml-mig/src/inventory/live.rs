//! Live instances, with handles to them.

use std::sync::Arc;

use crate::id::{ComputeInstanceId, GpuInstanceId};
use crate::query::{ComputeInstance, GpuInstance, KnownGpu, MigDevice};

/// A live GPU instance with its compute instances.
#[derive(Debug)]
#[non_exhaustive]
pub struct LiveGpuInstance {
    /// The GPU instance itself.
    pub gpu_instance: GpuInstance,
    /// Its compute instances, ordered by id.
    pub compute_instances: Vec<ComputeInstance>,
    /// The cached answers about the GPU at that time, which include the names of profiles.
    pub(crate) known: Arc<KnownGpu>,
}

/// A live MIG device with its index, UUID and name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LiveMigDevice {
    /// The MIG device itself.
    pub mig_device: MigDevice,
    /// Index among the MIG devices of its GPU.
    pub index: u32,
    /// UUID, `MIG-...`.
    pub uuid: String,
    /// Name, such as `NVIDIA A30 MIG 2c.4g.24gb`.
    pub name: String,
    /// Id of its GPU instance.
    pub gpu_instance_id: GpuInstanceId,
    /// Id of the underlying compute instance.
    pub compute_instance_id: ComputeInstanceId,
}
