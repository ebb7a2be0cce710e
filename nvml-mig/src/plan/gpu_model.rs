//! How a GPU model can be partitioned: the planner's input.

mod check;
mod compute_instance_profile_model;
mod compute_rule;
mod engines;
mod gpu_instance_profile_model;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "serde")]
mod serde;

use crate::error::ProfileError;
use crate::id::GpuInstanceProfileId;
use crate::profile::ProfileName;
use crate::profile::find;

pub(crate) use check::{is_possible_place, most_instances};

pub use compute_instance_profile_model::ComputeInstanceProfileModel;
pub use compute_rule::ComputePlacementRule;
pub use engines::{Engine, Engines};
pub use gpu_instance_profile_model::{GpuInstanceProfileModel, ProfileSource};
#[cfg(feature = "json")]
pub use json::GpuModelError;

/// The owner of the profiles, as errors name it.
const OWNER: &str = "this GPU";

/// Everything that determines which GPU instances fit on a GPU together: its profiles with their placements and engines,
/// and the maximum number of instances.
///
/// [`GpuModel::read`] reads it from the driver. It is plain data: a program can construct it or store it as JSON, to plan
/// for a GPU of another machine. Its serialized form includes a version; feature `json` adds `to_json`
/// and `from_json`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GpuModel {
    /// The GPU instance profiles of the GPU.
    pub profiles: Vec<GpuInstanceProfileModel>,
    /// Maximum number of GPU instances of any size: [`MOST_GPU_INSTANCES`](Self::MOST_GPU_INSTANCES) on all known GPUs.
    pub max_gpu_instances: usize,
    /// Maximum number of compute instances in one GPU instance:
    /// [`MOST_COMPUTE_INSTANCES`](Self::MOST_COMPUTE_INSTANCES) on all known GPUs.
    pub max_compute_instances: usize,
}

/// # Profiles and sizes
impl GpuModel {
    /// Maximum number of GPU instances on all known GPUs (NVIDIA's open kernel driver).
    pub const MOST_GPU_INSTANCES: usize = 8;
    /// Maximum number of compute instances in any GPU instance: their ids are 0 to 7.
    pub const MOST_COMPUTE_INSTANCES: usize = 8;

    /// Creates a model with these profiles and the usual limits.
    #[must_use]
    pub const fn new(profiles: Vec<GpuInstanceProfileModel>) -> Self {
        Self {
            profiles,
            max_gpu_instances: Self::MOST_GPU_INSTANCES,
            max_compute_instances: Self::MOST_COMPUTE_INSTANCES,
        }
    }

    /// Sets the maximum number of GPU instances.
    #[must_use]
    pub fn with_max_gpu_instances(self, max_gpu_instances: usize) -> Self {
        Self {
            max_gpu_instances,
            ..self
        }
    }

    /// Sets the maximum number of compute instances in one GPU instance.
    #[must_use]
    pub fn with_max_compute_instances(self, max_compute_instances: usize) -> Self {
        Self {
            max_compute_instances,
            ..self
        }
    }

    /// Returns the profile with this id.
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

    /// Returns the profile with this name, with or without `MIG `. The memory may be rounded as by another driver.
    ///
    /// # Errors
    ///
    /// [`ProfileError`] if the text is not a profile name, if this model has no such profile, or if the name is
    /// ambiguous. It lists the available or matching profiles.
    pub fn profile_by_name(&self, name: &str) -> Result<&GpuInstanceProfileModel, ProfileError> {
        find::by_text(name, self.profiles.iter().collect(), OWNER)
    }

    /// The same for a parsed name.
    pub(crate) fn profile_named(
        &self,
        name: ProfileName,
    ) -> Result<&GpuInstanceProfileModel, ProfileError> {
        find::by_name(name, self.profiles.iter().collect(), OWNER)
    }

    /// Returns the media engines of the whole GPU: for each kind, the maximum over all profiles. A profile of the whole GPU
    /// has them all.
    #[must_use]
    pub fn engines(&self) -> Engines {
        let engines = self.profiles.iter().map(|profile| profile.engines);
        engines.fold(Engines::default(), Engines::most)
    }

    /// Returns the number of memory slices of the whole GPU: the end of the last placement.
    #[must_use]
    pub fn memory_slices(&self) -> u32 {
        let placements = self.profiles.iter().flat_map(|profile| &profile.placements);
        placements
            .map(|place| place.start.saturating_add(place.size))
            .max()
            .unwrap_or(0)
    }
}
