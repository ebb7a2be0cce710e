//! The instances that are there.

use crate::compute_instance::ComputeInstance;
use crate::device::Device;
use crate::error::Error;
use crate::gpu_instance::GpuInstance;
use crate::id::{ComputeInstanceId, ComputeInstanceProfileId, GpuInstanceId, GpuInstanceProfileId};
use crate::placement::{ComputeInstancePlacement, GpuInstancePlacement};
use crate::process::ComputeProcess;

/// A GPU instance that is there when a plan is made.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PresentGpuInstance {
    /// Its id on the GPU.
    pub id: GpuInstanceId,
    /// Its profile.
    pub profile: GpuInstanceProfileId,
    /// The memory slices that it takes.
    pub placement: GpuInstancePlacement,
    /// Whether processes run on it. If none of its compute instances is marked as busy, all count as busy.
    pub busy: bool,
    /// Whether it must stay exactly as it is, with its compute instances and no others.
    pub pinned: bool,
    /// Its compute instances.
    pub compute_instances: Vec<PresentComputeInstance>,
}

/// A compute instance that is there when a plan is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PresentComputeInstance {
    /// Its id in its GPU instance.
    pub id: ComputeInstanceId,
    /// Its profile.
    pub profile: ComputeInstanceProfileId,
    /// The compute slices that it takes.
    pub placement: ComputeInstancePlacement,
    /// Whether processes run on it.
    pub busy: bool,
    /// Whether it must stay, and with it its GPU instance.
    pub pinned: bool,
}

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

    /// Whether processes run on one of its compute instances: that one, or any if it is not known which.
    pub(crate) fn is_busy(&self, inside: &PresentComputeInstance) -> bool {
        let known = self.compute_instances.iter().any(|inside| inside.busy);
        inside.busy || (self.busy && !known)
    }

    /// Whether processes run on it or on a compute instance of it.
    pub(crate) fn is_busy_anywhere(&self) -> bool {
        self.busy || self.compute_instances.iter().any(|inside| inside.busy)
    }

    /// Whether it is pinned, or a compute instance of it is.
    pub(crate) fn is_pinned_anywhere(&self) -> bool {
        self.pinned || self.compute_instances.iter().any(|inside| inside.pinned)
    }
}
