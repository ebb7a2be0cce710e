//! A GPU instance profile of a GPU model.

use core::fmt;

use super::{ComputeInstanceProfileModel, Engines};
use crate::error::ProfileError;
use crate::id::{ComputeInstanceProfileId, GpuInstanceProfileId};
use crate::placement::GpuInstancePlacement;
use crate::profile::ReportedName;
use crate::profile::find;
use crate::profile::listed::Listed;

/// A GPU instance profile of a [`GpuModel`](crate::plan::GpuModel).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct GpuInstanceProfileModel {
    /// Id for creating an instance.
    pub id: GpuInstanceProfileId,
    /// The driver's name without `MIG `, such as `1g.5gb+me`.
    pub name: ReportedName,
    /// Number of compute slices.
    pub slice_count: u32,
    /// Memory of an instance in MiB.
    pub memory_mib: u64,
    /// Media engines of an instance.
    #[cfg_attr(feature = "serde", serde(default))]
    pub engines: Engines,
    /// Placements on an empty GPU.
    pub placements: Vec<GpuInstancePlacement>,
    /// Compute instance profiles of an instance.
    pub compute_instance_profiles: Vec<ComputeInstanceProfileModel>,
    /// Source of the compute instance profiles.
    #[cfg_attr(feature = "serde", serde(default))]
    pub compute_instance_profile_source: ProfileSource,
}

/// The source of the compute instance profiles of a [`GpuInstanceProfileModel`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum ProfileSource {
    /// The driver reported them for a GPU instance that exists or existed.
    Driver,
    /// They follow from [`ComputePlacementRule`](crate::plan::ComputePlacementRule), since no such GPU instance has existed yet.
    #[default]
    PlacementRule,
}

impl fmt::Display for ProfileSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Driver => "the driver",
            Self::PlacementRule => "the placement rule",
        })
    }
}

impl GpuInstanceProfileModel {
    /// Creates a profile with these placements, and without slices, memory, engines and compute instance profiles.
    ///
    /// # Examples
    ///
    /// ```
    /// use nvml_mig::instance::GpuInstancePlacement;
    /// use nvml_mig::plan::{ComputePlacementRule, GpuInstanceProfileModel, ProfileSource};
    /// use nvml_mig::profile::{GpuInstanceProfileId, ReportedName};
    ///
    /// let name = ReportedName::from("4g.24gb");
    /// let inside = ComputePlacementRule::Windows.profiles(&name, 4, false);
    /// let whole = GpuInstancePlacement { start: 0, size: 4 };
    /// let profile = GpuInstanceProfileModel::new(GpuInstanceProfileId::new(0), name, vec![whole])
    ///     .with_slice_count(4)
    ///     .with_memory_mib(24000)
    ///     .with_compute_instance_profiles(inside, ProfileSource::PlacementRule);
    /// assert_eq!(profile.memory_slices(), 4);
    /// ```
    #[must_use]
    pub fn new(
        id: GpuInstanceProfileId,
        name: impl Into<ReportedName>,
        placements: Vec<GpuInstancePlacement>,
    ) -> Self {
        Self {
            id,
            name: name.into(),
            slice_count: 0,
            memory_mib: 0,
            engines: Engines::new(),
            placements,
            compute_instance_profiles: Vec::new(),
            compute_instance_profile_source: ProfileSource::default(),
        }
    }

    /// Sets the number of compute slices.
    #[must_use]
    pub fn with_slice_count(self, slice_count: u32) -> Self {
        Self {
            slice_count,
            ..self
        }
    }

    /// Sets the memory, in MiB.
    #[must_use]
    pub fn with_memory_mib(self, memory_mib: u64) -> Self {
        Self { memory_mib, ..self }
    }

    /// Sets the media engines.
    #[must_use]
    pub fn with_engines(self, engines: Engines) -> Self {
        Self { engines, ..self }
    }

    /// Sets the compute instance profiles and their source.
    #[must_use]
    pub fn with_compute_instance_profiles(
        self,
        compute_instance_profiles: Vec<ComputeInstanceProfileModel>,
        source: ProfileSource,
    ) -> Self {
        Self {
            compute_instance_profiles,
            compute_instance_profile_source: source,
            ..self
        }
    }

    /// Returns the number of memory slices of an instance.
    #[must_use]
    pub fn memory_slices(&self) -> u32 {
        self.placements.first().map_or(0, |place| place.size)
    }

    /// Returns the compute instance profile with this id.
    ///
    /// # Errors
    ///
    /// [`ProfileError`] if this profile has none, naming those that it has.
    pub fn compute_instance_profile_by_id(
        &self,
        id: ComputeInstanceProfileId,
    ) -> Result<&ComputeInstanceProfileModel, ProfileError> {
        let mut profiles = self.compute_instance_profiles.iter();
        profiles
            .find(|profile| profile.id == id)
            .ok_or_else(|| self.no_compute_instance_profile(&format!("id {id}")))
    }

    /// Returns the compute instance profile with this number of slices. For all slices, it is the default profile, which
    /// occupies the whole GPU instance. Among several, it is the one that leaves the most room, then the one with the lowest
    /// id.
    ///
    /// # Errors
    ///
    /// [`ProfileError`] if this profile has none, naming those that it has.
    pub fn compute_instance_profile_of_slices(
        &self,
        slices: u32,
    ) -> Result<&ComputeInstanceProfileModel, ProfileError> {
        let takes_all = slices == self.slice_count;
        let profiles = self.compute_instance_profiles.iter();
        profiles
            .filter(|profile| profile.slice_count == slices)
            .min_by_key(|profile| {
                let size = profile.placements.first().map_or(0, |place| place.size);
                (if takes_all { u32::MAX - size } else { size }, profile.id)
            })
            .ok_or_else(|| self.no_compute_instance_profile(&format!("of {slices} slices")))
    }

    fn no_compute_instance_profile(&self, wanted: &str) -> ProfileError {
        let profiles: Vec<&ComputeInstanceProfileModel> =
            self.compute_instance_profiles.iter().collect();
        find::not_found(wanted, &profiles, self.name.as_str())
    }
}

impl Listed for &GpuInstanceProfileModel {
    type Id = GpuInstanceProfileId;
    fn name(&self) -> &ReportedName {
        &self.name
    }
    fn id(&self) -> Self::Id {
        self.id
    }
    fn memory_mib(&self) -> Option<u64> {
        Some(self.memory_mib)
    }
}
