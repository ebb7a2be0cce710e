//! The existing instances.

use crate::id::{ComputeInstanceId, ComputeInstanceProfileId, GpuInstanceId, GpuInstanceProfileId};
use crate::placement::{ComputeInstancePlacement, GpuInstancePlacement};
use crate::plan::placed_instance::{PlacedComputeInstance, PlacedGpuInstance};

/// An existing GPU instance, as input of the planner.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct PresentGpuInstance {
    /// Id on the GPU.
    pub id: GpuInstanceId,
    /// Profile, placement and compute instances.
    pub instance: PlacedGpuInstance<PresentComputeInstance>,
    /// Whether processes run on it. If it is busy and none of its compute instances is marked as busy, all count as busy.
    #[cfg_attr(feature = "serde", serde(default))]
    pub busy: bool,
    /// Whether it must stay unchanged, with exactly its compute instances.
    #[cfg_attr(feature = "serde", serde(default))]
    pub pinned: bool,
}

/// An existing compute instance, as input of the planner.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct PresentComputeInstance {
    /// Id in the GPU instance.
    pub id: ComputeInstanceId,
    /// Profile and placement of the compute instance.
    pub instance: PlacedComputeInstance,
    /// Whether processes run on it.
    #[cfg_attr(feature = "serde", serde(default))]
    pub busy: bool,
    /// Whether it, and therefore its GPU instance, must stay.
    #[cfg_attr(feature = "serde", serde(default))]
    pub pinned: bool,
}

impl PresentGpuInstance {
    /// Creates an idle instance that is not pinned.
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

    /// Sets whether processes run on it.
    #[must_use]
    pub fn with_busy(self, busy: bool) -> Self {
        Self { busy, ..self }
    }

    /// Sets whether it must stay.
    #[must_use]
    pub fn with_pinned(self, pinned: bool) -> Self {
        Self { pinned, ..self }
    }

    /// Returns the id of its profile.
    #[must_use]
    pub const fn profile(&self) -> GpuInstanceProfileId {
        self.instance.profile
    }

    /// Returns its memory slices.
    #[must_use]
    pub const fn placement(&self) -> GpuInstancePlacement {
        self.instance.placement
    }

    /// Returns its compute instances.
    #[must_use]
    pub fn compute_instances(&self) -> &[PresentComputeInstance] {
        &self.instance.compute_instances
    }

    /// Returns the instance without ids and use.
    #[must_use]
    pub fn placed(&self) -> PlacedGpuInstance {
        let compute_instances = self.compute_instances().iter();
        let placed = compute_instances.map(|compute_instance| compute_instance.instance.clone());
        self.instance
            .clone()
            .with_compute_instances(placed.collect())
    }

    /// Returns whether both lists contain the same instances with the same ids, in the same order, regardless of use.
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
    /// Creates an idle instance that is not pinned.
    #[must_use]
    pub const fn new(id: ComputeInstanceId, instance: PlacedComputeInstance) -> Self {
        Self {
            id,
            instance,
            busy: false,
            pinned: false,
        }
    }

    /// Sets whether processes run on it.
    #[must_use]
    pub fn with_busy(self, busy: bool) -> Self {
        Self { busy, ..self }
    }

    /// Sets whether it must stay.
    #[must_use]
    pub fn with_pinned(self, pinned: bool) -> Self {
        Self { pinned, ..self }
    }

    /// Returns the id of its profile.
    #[must_use]
    pub const fn profile(&self) -> ComputeInstanceProfileId {
        self.instance.profile
    }

    /// Returns its compute slices in the GPU instance.
    #[must_use]
    pub const fn placement(&self) -> ComputeInstancePlacement {
        self.instance.placement
    }

    fn is_same(&self, other: &Self) -> bool {
        self.id == other.id && self.instance.is_same(&other.instance)
    }
}
