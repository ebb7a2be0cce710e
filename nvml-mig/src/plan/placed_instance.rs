//! Instances as data: profile and placement.

use core::fmt;

use crate::id::{ComputeInstanceProfileId, GpuInstanceProfileId};
use crate::placement::{ComputeInstancePlacement, GpuInstancePlacement};
use crate::plan::layout::{LayoutComputeInstance, LayoutGpuInstance};
use crate::profile::ReportedName;
use crate::quoted::Quoted;

/// A GPU instance as data, past, present or planned, with its compute instances (`C`).
///
/// It has no id, since the driver assigns ids by placement. [`PresentGpuInstance`](crate::plan::PresentGpuInstance) adds
/// one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(deny_unknown_fields, expecting = "a GPU instance, as an object")
)]
#[non_exhaustive]
pub struct PlacedGpuInstance<C = PlacedComputeInstance> {
    /// Id of its profile.
    pub profile: GpuInstanceProfileId,
    /// Name of its profile, such as `3g.20gb`. `==` compares it, but [`is_same`](Self::is_same) does not, since drivers
    /// print names differently.
    pub name: ReportedName,
    /// Memory slices that the instance occupies.
    pub placement: GpuInstancePlacement,
    /// Its compute instances, ordered by id or as in the layout.
    pub compute_instances: Vec<C>,
}

/// A compute instance as data, past, present or planned.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(deny_unknown_fields, expecting = "a compute instance, as an object")
)]
#[non_exhaustive]
pub struct PlacedComputeInstance {
    /// Id of its profile.
    pub profile: ComputeInstanceProfileId,
    /// Name of its profile, such as `1c.3g.20gb`.
    pub name: ReportedName,
    /// Its compute slices in the GPU instance.
    pub placement: ComputeInstancePlacement,
}

impl<C> PlacedGpuInstance<C> {
    /// Returns whether the two have the same profile and placement, regardless of compute instances.
    pub(crate) fn is_at_place_of<D>(&self, other: &PlacedGpuInstance<D>) -> bool {
        (self.profile, self.placement) == (other.profile, other.placement)
    }

    /// Returns the same GPU instance with these compute instances.
    #[must_use]
    pub fn with_compute_instances<D>(self, compute_instances: Vec<D>) -> PlacedGpuInstance<D> {
        PlacedGpuInstance {
            profile: self.profile,
            name: self.name,
            placement: self.placement,
            compute_instances,
        }
    }
}

impl PlacedGpuInstance {
    /// Creates a GPU instance without compute instances.
    #[must_use]
    pub fn new(
        profile: GpuInstanceProfileId,
        name: impl Into<ReportedName>,
        placement: GpuInstancePlacement,
    ) -> Self {
        Self {
            profile,
            name: name.into(),
            placement,
            compute_instances: Vec::new(),
        }
    }

    /// Returns whether the two, and their compute instances, have the same profiles and placements. Names are not compared.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.is_at_place_of(other)
            && self.compute_instances.len() == other.compute_instances.len()
            && self.lacking_in(other).next().is_none()
    }

    /// Returns whether the two differ at most in their placements.
    #[cfg(feature = "apply")]
    pub(crate) fn is_alike(&self, other: &Self) -> bool {
        self.profile == other.profile && self.compute_instances == other.compute_instances
    }

    /// Returns whether both lists contain the same instances, in any order.
    #[must_use]
    pub fn are_same(left: &[Self], right: &[Self]) -> bool {
        let is_in_right = |left: &Self| right.iter().any(|right| left.is_same(right));
        left.len() == right.len() && left.iter().all(is_in_right)
    }

    /// Returns the compute instances of this instance that `other` lacks.
    pub(crate) fn lacking_in<'a>(
        &'a self,
        other: &'a Self,
    ) -> impl Iterator<Item = &'a PlacedComputeInstance> {
        let lacks = |wanted: &&PlacedComputeInstance| !other.has(wanted);
        self.compute_instances.iter().filter(lacks)
    }

    /// Returns whether it has a compute instance with this profile and placement.
    pub(crate) fn has(&self, wanted: &PlacedComputeInstance) -> bool {
        let mut compute_instances = self.compute_instances.iter();
        compute_instances.any(|compute_instance| compute_instance.is_same(wanted))
    }
}

impl PlacedComputeInstance {
    /// Creates a compute instance with this profile and placement.
    #[must_use]
    pub fn new(
        profile: ComputeInstanceProfileId,
        name: impl Into<ReportedName>,
        placement: ComputeInstancePlacement,
    ) -> Self {
        Self {
            profile,
            name: name.into(),
            placement,
        }
    }

    /// Returns whether the two have the same profile and placement. Names are not compared.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        (self.profile, self.placement) == (other.profile, other.placement)
    }
}

/// Creates an entry by profile id at exactly this placement.
impl From<&PlacedGpuInstance> for LayoutGpuInstance {
    fn from(instance: &PlacedGpuInstance) -> Self {
        let compute_instances = instance.compute_instances.iter();
        let compute_instances = compute_instances.map(|compute_instance| {
            LayoutComputeInstance::id(compute_instance.profile)
                .with_start(compute_instance.placement.start)
        });
        Self::new(instance.profile)
            .with_start(instance.placement.start)
            .with_compute_instances(compute_instances)
    }
}

/// Prints, for example, `GPU instance 3g.20gb at 4:4 with compute instances 1c.3g.20gb at 0:1, 2c.3g.20gb at 1:2`.
impl fmt::Display for PlacedGpuInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "GPU instance {} at {}",
            Quoted(self.name.as_str()),
            self.placement
        )?;
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

/// Prints, for example, `compute instance 1c.3g.20gb at 0:1`.
impl fmt::Display for PlacedComputeInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "compute instance {} at {}",
            Quoted(self.name.as_str()),
            self.placement
        )
    }
}
