//! Instances as data.

use core::fmt;

use crate::id::{ComputeInstanceProfileId, GpuInstanceProfileId};
use crate::placement::{ComputeInstancePlacement, GpuInstancePlacement};
use crate::plan::layout::{LayoutComputeInstance, LayoutGpuInstance};

/// A GPU instance, as it stood or shall stand, with its compute instances.
///
/// It has no id: the driver gives ids by where an instance stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct SnapshotGpuInstance {
    /// Its profile.
    pub profile: GpuInstanceProfileId,
    /// The name of its profile, such as `3g.20gb`.
    pub name: String,
    /// Where it stands.
    pub placement: GpuInstancePlacement,
    /// Its compute instances, in the order of their ids.
    pub compute_instances: Vec<SnapshotComputeInstance>,
}

/// A compute instance, as it stood or shall stand.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct SnapshotComputeInstance {
    /// Its profile.
    pub profile: ComputeInstanceProfileId,
    /// The name of its profile, such as `1c.3g.20gb`.
    pub name: String,
    /// Where it stands in its GPU instance.
    pub placement: ComputeInstancePlacement,
}

impl SnapshotGpuInstance {
    /// Whether the two are of one profile at one place, whatever is in them.
    pub(crate) fn is_at_place_of(&self, other: &Self) -> bool {
        (self.profile, self.placement) == (other.profile, other.placement)
    }

    /// Whether the two are the same with what is in them. Names don't count: drivers print them differently.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.is_at_place_of(other)
            && self.compute_instances.len() == other.compute_instances.len()
            && self.lacking_in(other).next().is_none()
    }

    /// The compute instances that this has and the other lacks.
    pub(crate) fn lacking_in<'a>(
        &'a self,
        other: &'a Self,
    ) -> impl Iterator<Item = &'a SnapshotComputeInstance> {
        let there = |one: &&SnapshotComputeInstance| {
            let mut others = other.compute_instances.iter();
            others.any(|other| one.is_same(other))
        };
        self.compute_instances.iter().filter(move |one| !there(one))
    }
}

impl SnapshotComputeInstance {
    /// Whether the two are of one profile at one place. Names don't count: drivers print them differently.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        (self.profile, self.placement) == (other.profile, other.placement)
    }
}

/// Whether there are the same instances in both, in whatever order.
pub(crate) fn are_same(one: &[SnapshotGpuInstance], other: &[SnapshotGpuInstance]) -> bool {
    let there = |one: &SnapshotGpuInstance| other.iter().any(|other| one.is_same(other));
    one.len() == other.len() && one.iter().all(there)
}

/// The instance by its profile's id at exactly this place.
impl From<&SnapshotGpuInstance> for LayoutGpuInstance {
    fn from(instance: &SnapshotGpuInstance) -> Self {
        let compute_instances = instance.compute_instances.iter();
        let compute_instances = compute_instances.map(|compute_instance| {
            LayoutComputeInstance::id(compute_instance.profile).at(compute_instance.placement.start)
        });
        Self::new(instance.profile)
            .at(instance.placement.start)
            .with_compute_instances(compute_instances)
    }
}

/// Such as `GPU instance 3g.20gb at 4:4 with compute instances 1c.3g.20gb at 0:1, 2c.3g.20gb at 1:2`.
impl fmt::Display for SnapshotGpuInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GPU instance {} at {}", self.name, self.placement)?;
        let compute_instances: Vec<String> = self
            .compute_instances
            .iter()
            .map(ToString::to_string)
            .collect();
        match compute_instances.as_slice() {
            [] => f.write_str(" without a compute instance"),
            compute_instances => write!(f, " with {}", compute_instances.join(", ")),
        }
    }
}

/// Such as `compute instance 1c.3g.20gb at 0:1`.
impl fmt::Display for SnapshotComputeInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "compute instance {} at {}", self.name, self.placement)
    }
}
