//! What a model of GPU can be partitioned into, as the planner needs to know it.

mod compute_rule;
mod engines;

use crate::error::ProfileError;
use crate::id::{ComputeInstanceProfileId, GpuInstanceProfileId};
use crate::placement::{ComputeInstancePlacement, GpuInstancePlacement};
use crate::profile::find::{self, Listed};
use crate::profile::{ProfileName, ReportedName};

pub use compute_rule::ComputePlacementRule;
pub use engines::{Engine, Engines};

/// What errors call the owner of the profiles.
const OWNER: &str = "this GPU";

/// Everything that decides which GPU instances fit on a GPU together: its profiles with their possible
/// placements and engines, and how many instances there may be at once.
///
/// [`GpuModel::read`] reads it from the driver. It is plain data, so it can also be written down, or kept as JSON,
/// to plan for a GPU that is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct GpuModel {
    /// GPU instance profiles.
    pub profiles: Vec<GpuInstanceProfileModel>,
    /// Most GPU instances at once, whatever their size. [`MOST_GPU_INSTANCES`](Self::MOST_GPU_INSTANCES) on any
    /// GPU that there is.
    pub max_gpu_instances: usize,
    /// Most compute instances at once in one GPU instance.
    /// [`MOST_COMPUTE_INSTANCES`](Self::MOST_COMPUTE_INSTANCES) on any GPU that there is.
    pub max_compute_instances: usize,
}

/// A GPU instance profile of a [`GpuModel`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct GpuInstanceProfileModel {
    /// The id that creating takes.
    pub id: GpuInstanceProfileId,
    /// The driver's name without `MIG `, such as `1g.5gb+me`.
    pub name: ReportedName,
    /// Compute slices.
    pub slice_count: u32,
    /// Memory in MiB.
    pub memory_mib: u64,
    /// The media engines that an instance has for itself.
    pub engines: Engines,
    /// Where an instance may stand on an empty GPU.
    pub placements: Vec<GpuInstancePlacement>,
    /// The compute instance profiles of an instance.
    pub compute_instance_profiles: Vec<ComputeInstanceProfileModel>,
    /// Whether these were worked out by [`ComputePlacementRule`], and not read from the driver.
    pub compute_instance_profiles_by_rule: bool,
}

/// A compute instance profile of a [`GpuInstanceProfileModel`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ComputeInstanceProfileModel {
    /// The id that creating takes.
    pub id: ComputeInstanceProfileId,
    /// The driver's name without `MIG `, such as `1c.3g.20gb`.
    pub name: ReportedName,
    /// Compute slices.
    pub slice_count: u32,
    /// Where an instance may stand in an empty GPU instance. It may take more slices than it has: from Hopper on, one
    /// of three takes four.
    pub placements: Vec<ComputeInstancePlacement>,
}

/// # Profiles and sizes
impl GpuModel {
    /// GPU instances at once on any GPU that there is (NVIDIA's open kernel driver).
    pub const MOST_GPU_INSTANCES: usize = 8;
    /// Compute instances at once in any GPU instance: their ids are 0 to 7.
    pub const MOST_COMPUTE_INSTANCES: usize = 8;

    /// The model with these profiles.
    #[must_use]
    pub const fn new(profiles: Vec<GpuInstanceProfileModel>) -> Self {
        Self {
            profiles,
            max_gpu_instances: Self::MOST_GPU_INSTANCES,
            max_compute_instances: Self::MOST_COMPUTE_INSTANCES,
        }
    }

    /// The profile with this id.
    ///
    /// # Errors
    ///
    /// [`ProfileError`] if this model has none, naming those that it has.
    pub fn profile_by_id(
        &self,
        id: GpuInstanceProfileId,
    ) -> Result<&GpuInstanceProfileModel, ProfileError> {
        let mut profiles = self.profiles.iter();
        profiles.find(|profile| profile.id == id).ok_or_else(|| {
            let profiles: Vec<&GpuInstanceProfileModel> = self.profiles.iter().collect();
            find::not_found(&format!("id {id}"), &profiles, OWNER)
        })
    }

    /// The profile with this name, with or without `MIG `; its memory may be what another driver rounds it to.
    ///
    /// # Errors
    ///
    /// [`ProfileError`] if the text is no profile name, or this model has no profile of this name or several that
    /// it may mean, naming them.
    pub fn profile_by_name(&self, name: &str) -> Result<&GpuInstanceProfileModel, ProfileError> {
        find::by_text(name, self.profiles.iter().collect(), OWNER)
    }

    /// The same for a name that was read already.
    pub(crate) fn profile_named(
        &self,
        name: ProfileName,
    ) -> Result<&GpuInstanceProfileModel, ProfileError> {
        find::by_name(name, self.profiles.iter().collect(), OWNER)
    }

    /// The media engines of the whole GPU: for each kind, the most that any profile has. A profile of the whole
    /// GPU has them all.
    #[must_use]
    pub fn engines(&self) -> Engines {
        let engines = self.profiles.iter().map(|profile| profile.engines);
        engines.fold(Engines::default(), Engines::most)
    }

    /// The memory slices of the whole GPU: those that placements reach.
    #[must_use]
    pub fn memory_slices(&self) -> u32 {
        let placements = self.profiles.iter().flat_map(|profile| &profile.placements);
        placements
            .map(|place| place.start.saturating_add(place.size))
            .max()
            .unwrap_or(0)
    }
}

impl GpuInstanceProfileModel {
    /// The memory slices that an instance takes.
    #[must_use]
    pub fn memory_slices(&self) -> u32 {
        self.placements.first().map_or(0, |place| place.size)
    }

    /// The compute instance profile with this id.
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

    /// The compute instance profile of this many slices. Of all slices it is the default one, which takes the whole
    /// GPU instance; of several such, the one with the most room, then the one with the lowest id.
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
}

impl Listed for &ComputeInstanceProfileModel {
    type Id = ComputeInstanceProfileId;
    fn name(&self) -> &ReportedName {
        &self.name
    }
    fn id(&self) -> Self::Id {
        self.id
    }
}
