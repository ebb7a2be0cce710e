//! The current state of a GPU as input of the planner.

use super::{Inventory, LiveGpuInstance};
use crate::error::Error;
use crate::plan::{PresentComputeInstance, PresentGpuInstance};
use crate::query::{ComputeInstance, ComputeProcess, Device};

impl PresentGpuInstance {
    /// All GPU instances of this GPU with their compute instances, none of them pinned. Busy are those on which
    /// NVML lists processes; it does not list those of graphics, nor of other users to everybody.
    ///
    /// # Errors
    ///
    /// As [`Inventory::of`] and [`Device::compute_processes`].
    pub fn all_of(device: &Device) -> Result<Vec<Self>, Error> {
        Inventory::of(device)?.present()
    }
}

impl Inventory {
    /// The instances as a planner wants to know them, with what processes keep busy.
    ///
    /// # Errors
    ///
    /// As [`Device::compute_processes`].
    pub fn present(&self) -> Result<Vec<PresentGpuInstance>, Error> {
        if self.gpu_instances().is_empty() {
            return Ok(Vec::new());
        }
        Ok(present(
            self.gpu_instances(),
            &self.device().compute_processes()?,
        ))
    }
}

/// Live instances, marked as busy where one of these processes runs.
pub(crate) fn present(
    live: &[LiveGpuInstance],
    processes: &[ComputeProcess],
) -> Vec<PresentGpuInstance> {
    live.iter()
        .map(|live| gpu_instance(live, processes))
        .collect()
}

fn gpu_instance(live: &LiveGpuInstance, processes: &[ComputeProcess]) -> PresentGpuInstance {
    let id = live.gpu_instance.id();
    let on_it: Vec<&ComputeProcess> = processes
        .iter()
        .filter(|process| process.gpu_instance_id == Some(id))
        .collect();
    PresentGpuInstance {
        id,
        profile: live.gpu_instance.profile_id(),
        placement: live.gpu_instance.placement(),
        busy: !on_it.is_empty(),
        pinned: false,
        compute_instances: live
            .compute_instances
            .iter()
            .map(|inside| compute_instance(inside, &on_it))
            .collect(),
    }
}

fn compute_instance(inside: &ComputeInstance, on_it: &[&ComputeProcess]) -> PresentComputeInstance {
    let id = inside.id();
    PresentComputeInstance {
        id,
        profile: inside.profile_id(),
        placement: inside.placement(),
        busy: on_it
            .iter()
            .any(|process| process.compute_instance_id == Some(id)),
        pinned: false,
    }
}
