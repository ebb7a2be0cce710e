//! The instances that are there.

use crate::id::{ComputeInstanceId, ComputeInstanceProfileId, GpuInstanceId, GpuInstanceProfileId};
use crate::placement::{ComputeInstancePlacement, GpuInstancePlacement};

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
