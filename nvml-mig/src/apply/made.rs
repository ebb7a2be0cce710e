//! The instances that this process has created in a change, by their handles.

use super::operation::Operation;
use crate::driver::call::Failure;
use crate::inventory::LiveGpuInstance;
use crate::query::{ComputeInstance, GpuInstance};

/// The instances that this process has created, the last one of each id. The journal knows only ids, which the driver gives
/// again.
#[derive(Debug, Default)]
pub(super) struct Made {
    gpu_instances: Vec<GpuInstance>,
    compute_instances: Vec<ComputeInstance>,
}

impl Made {
    pub(super) fn add_gpu_instance(&mut self, created: &GpuInstance) {
        let id = created.id();
        self.gpu_instances.retain(|made| made.id() != id);
        self.gpu_instances.push(created.another_handle());
    }

    pub(super) fn add_compute_instance(&mut self, of: &GpuInstance, created: &ComputeInstance) {
        let ids = (created.gpu_instance_id(), created.id());
        self.compute_instances
            .retain(|made| (made.gpu_instance_id(), made.id()) != ids);
        let identity = (created.id(), created.profile_id(), created.placement());
        let made = ComputeInstance::known(of, created.handle(), identity);
        self.compute_instances.push(made);
    }

    /// Finds what others have destroyed and replaced by an instance with the same id, and forgets it.
    pub(super) fn take_replaced(&mut self, live: &[LiveGpuInstance]) -> Vec<Operation> {
        let gpu_instances = self.gpu_instances.extract_if(.., |made| {
            let mut live = live.iter().map(|live| &live.gpu_instance);
            let now = live.find(|live| live.id() == made.id());
            now.is_some_and(|now| now.handle() != made.handle() && is_gone(made.is_same()))
        });
        let gpu_instances = gpu_instances.map(|made| Operation::DestroyGpuInstance(made.id()));
        let compute_instances = self.compute_instances.extract_if(.., |made| {
            let mut inside = live.iter().flat_map(|live| &live.compute_instances);
            let ids = (made.gpu_instance_id(), made.id());
            let now = inside.find(|inside| (inside.gpu_instance_id(), inside.id()) == ids);
            now.is_some_and(|now| now.handle() != made.handle() && is_gone(made.is_same()))
        });
        let compute_instances = compute_instances.map(|made| Operation::DestroyComputeInstance {
            gpu_instance: made.gpu_instance_id(),
            compute_instance: made.id(),
        });
        gpu_instances.chain(compute_instances).collect()
    }
}

/// Whether a handle is for no instance any more, or for another one.
fn is_gone(is_same: Result<bool, Failure>) -> bool {
    is_same.map_or_else(Failure::is_gone, |is_same| !is_same)
}
