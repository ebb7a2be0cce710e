//! The existing instances.

use crate::id::{ComputeInstanceId, ComputeInstanceProfileId, GpuInstanceId, GpuInstanceProfileId};
use crate::placement::{ComputeInstancePlacement, GpuInstancePlacement};
use crate::plan::placed_instance::{PlacedComputeInstance, PlacedGpuInstance};

/// An existing GPU instance, as input of the planner.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct PresentGpuInstance {
    /// Its id on the GPU.
    pub id: GpuInstanceId,
    /// Its profile and place, with its compute instances.
    pub instance: PlacedGpuInstance<PresentComputeInstance>,
    /// Whether processes run on it. If none of its compute instances is marked as busy, all count as busy.
    #[cfg_attr(feature = "serde", serde(default))]
    pub busy: bool,
    /// Whether it must stay exactly as it is, with its compute instances and no others.
    #[cfg_attr(feature = "serde", serde(default))]
    pub pinned: bool,
}

/// An existing compute instance, as input of the planner.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct PresentComputeInstance {
    /// Its id in its GPU instance.
    pub id: ComputeInstanceId,
    /// Its profile and place.
    pub instance: PlacedComputeInstance,
    /// Whether processes run on it.
    #[cfg_attr(feature = "serde", serde(default))]
    pub busy: bool,
    /// Whether it must stay, and with it its GPU instance.
    #[cfg_attr(feature = "serde", serde(default))]
    pub pinned: bool,
}

impl PresentGpuInstance {
    /// An idle instance that is not pinned.
    #[must_use]
    pub const fn new(
        id: GpuInstanceId,
        instance: PlacedGpuInstance<PresentComputeInstance>,
    ) -> Self {
        Self {
            id,
            instance,
            busy: false,
            pinned: false,
        }
    }

    /// The same, busy or idle.
    #[must_use]
    pub fn with_busy(self, busy: bool) -> Self {
        Self { busy, ..self }
    }

    /// The same, pinned or not.
    #[must_use]
    pub fn with_pinned(self, pinned: bool) -> Self {
        Self { pinned, ..self }
    }

    /// Its profile.
    #[must_use]
    pub const fn profile(&self) -> GpuInstanceProfileId {
        self.instance.profile
    }

    /// The memory slices that it takes.
    #[must_use]
    pub const fn placement(&self) -> GpuInstancePlacement {
        self.instance.placement
    }

    /// Its compute instances.
    #[must_use]
    pub fn compute_instances(&self) -> &[PresentComputeInstance] {
        &self.instance.compute_instances
    }

    /// The instance alone, without ids and users.
    #[must_use]
    pub fn placed(&self) -> PlacedGpuInstance {
        let compute_instances = self.compute_instances().iter();
        let placed = compute_instances.map(|compute_instance| compute_instance.instance.clone());
        self.instance
            .clone()
            .with_compute_instances(placed.collect())
    }

    /// Whether both lists have the same instances under the same ids, in the same order, whatever uses them.
    #[must_use]
    pub fn are_same(left: &[Self], right: &[Self]) -> bool {
        left.len() == right.len()
            && left
                .iter()
                .zip(right)
                .all(|(left, right)| left.is_same(right))
    }

    /// Whether both are the same instances under the same ids, whatever uses them.
    fn is_same(&self, other: &Self) -> bool {
        let (left, right) = (self.compute_instances(), other.compute_instances());
        self.id == other.id
            && self.instance.is_at_place_of(&other.instance)
            && left.len() == right.len()
            && left
                .iter()
                .zip(right)
                .all(|(left, right)| left.is_same(right))
    }

    /// Whether processes run on one of its compute instances: that one, or any if it is not known which.
    pub(crate) fn is_busy(&self, inside: &PresentComputeInstance) -> bool {
        let known = self.compute_instances().iter().any(|inside| inside.busy);
        inside.busy || (self.busy && !known)
    }

    /// Whether processes run on it or on a compute instance of it.
    pub(crate) fn is_busy_anywhere(&self) -> bool {
        self.busy || self.compute_instances().iter().any(|inside| inside.busy)
    }

    /// Whether it is pinned, or a compute instance of it is.
    pub(crate) fn is_pinned_anywhere(&self) -> bool {
        self.pinned || self.compute_instances().iter().any(|inside| inside.pinned)
    }
}

impl PresentComputeInstance {
    /// An idle instance that is not pinned.
    #[must_use]
    pub const fn new(id: ComputeInstanceId, instance: PlacedComputeInstance) -> Self {
        Self {
            id,
            instance,
            busy: false,
            pinned: false,
        }
    }

    /// The same, busy or idle.
    #[must_use]
    pub fn with_busy(self, busy: bool) -> Self {
        Self { busy, ..self }
    }

    /// The same, pinned or not.
    #[must_use]
    pub fn with_pinned(self, pinned: bool) -> Self {
        Self { pinned, ..self }
    }

    /// Its profile.
    #[must_use]
    pub const fn profile(&self) -> ComputeInstanceProfileId {
        self.instance.profile
    }

    /// The compute slices of its GPU instance that it takes.
    #[must_use]
    pub const fn placement(&self) -> ComputeInstancePlacement {
        self.instance.placement
    }

    fn is_same(&self, other: &Self) -> bool {
        self.id == other.id && self.instance.is_same(&other.instance)
    }
}
