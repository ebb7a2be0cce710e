//! The current partition of a GPU as data.

use super::{Inventory, LiveGpuInstance};
use crate::plan::{SnapshotComputeInstance, SnapshotGpuInstance, are_same};
use crate::profile::find;
use crate::query::{ComputeInstance, GpuInstance};

impl Inventory {
    /// The instances as data, in the same order. A profile whose name the driver does not report is named by its id.
    #[must_use]
    pub fn partition(&self) -> Vec<SnapshotGpuInstance> {
        partition(self.gpu_instances())
    }
}

/// Instances as data.
pub(crate) fn partition(live: &[LiveGpuInstance]) -> Vec<SnapshotGpuInstance> {
    let mut partition = unnamed(live);
    for (data, live) in partition.iter_mut().zip(live) {
        name(data, &live.gpu_instance);
    }
    partition
}

/// Whether these instances are there and no others. Names don't count, so none is asked for.
pub(crate) fn is_as(live: &[LiveGpuInstance], wanted: &[SnapshotGpuInstance]) -> bool {
    are_same(wanted, &unnamed(live))
}

fn unnamed(live: &[LiveGpuInstance]) -> Vec<SnapshotGpuInstance> {
    let gpu_instance = |live: &LiveGpuInstance| SnapshotGpuInstance {
        profile: live.gpu_instance.profile_id(),
        name: String::new(),
        placement: live.gpu_instance.placement(),
        compute_instances: live
            .compute_instances
            .iter()
            .map(compute_instance)
            .collect(),
    };
    live.iter().map(gpu_instance).collect()
}

fn compute_instance(inside: &ComputeInstance) -> SnapshotComputeInstance {
    SnapshotComputeInstance {
        profile: inside.profile_id(),
        name: String::new(),
        placement: inside.placement(),
    }
}

/// Names come from the cache: a driver that fails, as during a rollback, is not asked once more for each instance.
fn name(data: &mut SnapshotGpuInstance, gpu_instance: &GpuInstance) {
    let profiles = gpu_instance.device().cached_gpu_instance_profiles();
    data.name = find::name_of_id(data.profile, profiles.as_deref().unwrap_or_default());
    let profiles = gpu_instance.cached_compute_instance_profiles();
    let profiles = profiles.as_deref().unwrap_or_default();
    for inside in &mut data.compute_instances {
        inside.name = find::name_of_id(inside.profile, profiles);
    }
}
