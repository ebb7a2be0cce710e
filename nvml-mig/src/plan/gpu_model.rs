//! What a model of GPU can be partitioned into, as the planner needs to know it.

mod compute_instance_profile_model;
mod compute_rule;
mod engines;
mod gpu_instance_profile_model;

use crate::error::ProfileError;
use crate::id::GpuInstanceProfileId;
use crate::profile::ProfileName;
use crate::profile::find;

pub use compute_instance_profile_model::ComputeInstanceProfileModel;
pub use compute_rule::ComputePlacementRule;
pub use engines::{Engine, Engines};
pub use gpu_instance_profile_model::{GpuInstanceProfileModel, ProfileSource};

/// What errors call the owner of the profiles.
const OWNER: &str = "this GPU";

/// Everything that decides which GPU instances fit on a GPU together: its profiles with their possible
/// placements and engines, and how many instances there may be at once.
///
/// [`GpuModel::read`] reads it from the driver. It is plain data, so it can also be written down, or kept as JSON,
/// to plan for a GPU that is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
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

    /// The same with another limit of GPU instances at once.
    #[must_use]
    pub fn with_max_gpu_instances(self, max_gpu_instances: usize) -> Self {
        Self {
            max_gpu_instances,
            ..self
        }
    }

    /// The same with another limit of compute instances at once in one GPU instance.
    #[must_use]
    pub fn with_max_compute_instances(self, max_compute_instances: usize) -> Self {
        Self {
            max_compute_instances,
            ..self
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
