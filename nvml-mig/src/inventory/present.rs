//! What stands on a GPU, as a planner wants to know it.

use super::Standing;
use crate::error::Error;
use crate::plan::{PresentComputeInstance, PresentGpuInstance};
use crate::query::{ComputeInstance, ComputeProcess, Device, GpuInstance};

impl PresentGpuInstance {
    /// All GPU instances of this GPU with their compute instances, none of them pinned. Busy are those on which
    /// NVML lists processes; it does not list those of graphics, nor of other users to everybody.
    ///
    /// # Errors
    ///
    /// As [`Device::gpu_instances`], [`GpuInstance::compute_instances`] and [`Device::compute_processes`].
    pub fn all_of(device: &Device) -> Result<Vec<Self>, Error> {
        let there = device.gpu_instances()?;
        if there.is_empty() {
            return Ok(Vec::new());
        }
        let processes = device.compute_processes()?;
        let read = |one: &GpuInstance| Ok(Self::read(one, &one.compute_instances()?, &processes));
        there.iter().map(read).collect()
    }

    /// This GPU instance with these compute instances, of which those are busy that processes run on.
    pub(crate) fn read(
        instance: &GpuInstance,
        compute_instances: &[ComputeInstance],
        processes: &[ComputeProcess],
    ) -> Self {
        let id = instance.id();
        let on_it = |process: &&ComputeProcess| process.gpu_instance_id == Some(id);
        let read = |inside: &ComputeInstance| PresentComputeInstance {
            id: inside.id(),
            profile: inside.profile_id(),
            placement: inside.placement(),
            busy: processes
                .iter()
                .filter(on_it)
                .any(|process| process.compute_instance_id == Some(inside.id())),
            pinned: false,
        };
        Self {
            id,
            profile: instance.profile_id(),
            placement: instance.placement(),
            busy: processes.iter().any(|process| on_it(&process)),
            pinned: false,
            compute_instances: compute_instances.iter().map(read).collect(),
        }
    }
}

/// What stands there, with what these processes keep busy.
pub(crate) fn present(
    standing: &[Standing],
    processes: &[ComputeProcess],
) -> Vec<PresentGpuInstance> {
    let read = |one: &Standing| {
        PresentGpuInstance::read(&one.gpu_instance, &one.compute_instances, processes)
    };
    standing.iter().map(read).collect()
}
