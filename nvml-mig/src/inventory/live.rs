//! Live instances, with handles to them.

use std::sync::Arc;

use crate::error::Error;
use crate::id::{ComputeInstanceId, GpuInstanceId};
use crate::profile::ReportedName;
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

impl LiveGpuInstance {
    /// Whether this instance, read earlier, was not destroyed since, by a later reading of the same GPU. An instance in its
    /// place with the same ids is another one. A handle that NVML listed again needs no query.
    #[cfg(any(feature = "apply", feature = "monitor"))]
    pub(crate) fn is_still_in(&self, later: &[Self]) -> bool {
        let handle = self.gpu_instance.handle();
        let mut later = later.iter();
        match later.find(|later| later.gpu_instance.handle() == handle) {
            Some(later) => self.compute_instances.iter().all(|earlier| {
                let mut now = later.compute_instances.iter();
                now.any(|now| now.handle() == earlier.handle()) || earlier.is_same() == Ok(true)
            }),
            None => {
                let mut inside = self.compute_instances.iter();
                self.gpu_instance.is_same() == Ok(true)
                    && inside.all(|inside| inside.is_same() == Ok(true))
            }
        }
    }
}

/// A live MIG device with its index, UUID and name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct LiveMigDevice {
    /// The MIG device itself.
    pub mig_device: MigDevice,
    /// Index among the MIG devices of its GPU.
    pub index: u32,
    /// UUID of the MIG device, `MIG-...`.
    pub uuid: String,
    /// Name, such as `NVIDIA A30 MIG 2c.4g.24gb`.
    pub name: String,
    /// The profile, such as `2c.4g.24gb`: the slices are those in the name, and memory and attributes those of the GPU
    /// instance's profile if the instances could be listed. Some drivers leave attributes out of the name.
    pub profile: ReportedName,
    /// Id of its GPU instance.
    pub gpu_instance_id: GpuInstanceId,
    /// Id of the underlying compute instance.
    pub compute_instance_id: ComputeInstanceId,
}

/// The MIG devices with their indices, or why one can't be read.
pub(super) type EachMigDevice = Vec<(u32, Result<LiveMigDevice, Error>)>;
