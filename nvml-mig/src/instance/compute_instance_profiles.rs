//! Compute instance profiles of a GPU instance: the list, possible placements, remaining capacity.

use crate::driver::call::{Failure, call};
use crate::error::{Error, Subject};
use crate::explain;
use crate::id::ComputeInstanceProfileId;
use crate::placement::ComputeInstancePlacement;
use crate::profile::{ComputeInstanceProfile, ComputeInstanceProfileInfo, find};
use crate::query::GpuInstance;

/// The owner of the profiles, as errors name it.
const OWNER: &str = "this GPU instance";

/// # Compute instance profiles
impl GpuInstance {
    /// Returns the resources of a compute instance of `profile` in this GPU instance. All its compute instances share the
    /// engines.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotSupported`](crate::ReturnCode::NotSupported) if this GPU instance has no such profile,
    /// [`InvalidArgument`](crate::ReturnCode::InvalidArgument) if the driver does not know the profile number or the
    /// GPU instance is gone.
    #[doc(alias = "nvmlGpuInstanceGetComputeInstanceProfileInfo")]
    #[doc(alias = "nvmlGpuInstanceGetComputeInstanceProfileInfoV")]
    pub fn compute_instance_profile(
        &self,
        profile: ComputeInstanceProfile,
    ) -> Result<ComputeInstanceProfileInfo, Error> {
        self.compute_instance_profile_or_failure(profile)
            .map_err(|failure| {
                self.error_about(failure, &|| Subject::of_profile(&profile), &|code| {
                    explain::compute_instance_profile(self, code)
                })
            })
    }

    /// Returns all compute instance profiles of this GPU instance, including those without a name in this crate.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::InvalidArgument`](crate::ReturnCode::InvalidArgument) if the GPU instance is gone.
    #[doc(alias = "nvmlGpuInstanceGetComputeInstanceProfileInfoV")]
    pub fn compute_instance_profiles(&self) -> Result<Vec<ComputeInstanceProfileInfo>, Error> {
        let profiles = self.compute_instance_profiles_or_failure();
        let profiles = profiles.map_err(|failure| self.profiles_error(failure))?;
        Ok(profiles.to_vec())
    }

    /// Returns the compute instance profile with this id.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] if this GPU instance has no profile with this id; it lists the available ones. Otherwise as
    /// [`compute_instance_profiles`](Self::compute_instance_profiles).
    pub fn compute_instance_profile_by_id(
        &self,
        id: ComputeInstanceProfileId,
    ) -> Result<ComputeInstanceProfileInfo, Error> {
        let mut profiles = self.compute_instance_profiles()?;
        match profiles.iter().position(|profile| profile.id == id) {
            Some(index) => Ok(profiles.swap_remove(index)),
            None => {
                let wanted = format!("id {id}");
                Err(find::not_found(&wanted, &profiles, OWNER).into())
            }
        }
    }

    /// Returns the compute instance profile with this name, such as `1c.3g.20gb`, with or without `MIG `. If two have the
    /// same name, as `1c.2g.20gb` on Hopper, it returns the plain one:
    /// use [`compute_instance_profile`](Self::compute_instance_profile) for
    /// [`Slice1Double`](crate::profile::ComputeInstanceProfile::Slice1Double).
    ///
    /// # Errors
    ///
    /// [`Error::Input`] if the text is not a profile name or this GPU instance has no such profile; it lists the
    /// available ones. Otherwise as [`compute_instance_profiles`](Self::compute_instance_profiles).
    pub fn compute_instance_profile_by_name(
        &self,
        name: &str,
    ) -> Result<ComputeInstanceProfileInfo, Error> {
        let profiles = self.compute_instance_profiles()?;
        Ok(find::by_text(name, profiles, OWNER)?)
    }

    /// Returns the compute instance profile that takes the whole GPU instance, with all its multiprocessors. nvidia-smi marks
    /// it with `*`.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] if this GPU instance has no profile. Otherwise as
    /// [`compute_instance_profiles`](Self::compute_instance_profiles).
    pub fn default_compute_instance_profile(&self) -> Result<ComputeInstanceProfileInfo, Error> {
        let profiles = self.compute_instance_profiles()?;
        // On Hopper and newer, the 1g with double memory has two profiles of one slice, and one has fewer multiprocessors.
        let size = |profile: &&ComputeInstanceProfileInfo| {
            (profile.slice_count, profile.multiprocessor_count)
        };
        let largest = profiles.iter().max_by_key(size).cloned();
        Ok(largest.ok_or_else(|| find::not_found("of any size", &profiles, OWNER))?)
    }

    /// Returns the placements that a profile allows, free or occupied.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotSupported`](crate::ReturnCode::NotSupported) for an id that this GPU instance does not
    /// have, [`NoPermission`](crate::ReturnCode::NoPermission) without the privilege, and
    /// [`Error::FunctionMissing`] on drivers older than 525.
    #[doc(alias = "nvmlGpuInstanceGetComputeInstancePossiblePlacements")]
    pub fn compute_instance_possible_placements(
        &self,
        profile: ComputeInstanceProfileId,
    ) -> Result<Vec<ComputeInstancePlacement>, Error> {
        let placements = self.compute_instance_possible_placements_or_failure(profile);
        let placements = placements.map_err(|failure| self.profile_error(failure, profile))?;
        Ok(placements.to_vec())
    }

    /// Returns how many more compute instances of this profile fit now.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotSupported`](crate::ReturnCode::NotSupported) for an id that this GPU instance does not
    /// have, [`NoPermission`](crate::ReturnCode::NoPermission) without the privilege.
    #[doc(alias = "nvmlGpuInstanceGetComputeInstanceRemainingCapacity")]
    #[inline]
    pub fn compute_instance_remaining_capacity(
        &self,
        profile: ComputeInstanceProfileId,
    ) -> Result<u32, Error> {
        let library = self.device().driver().library();
        let (instance, id) = (self.handle(), profile.number());
        let mut count = 0;
        call!(library.nvmlGpuInstanceGetComputeInstanceRemainingCapacity(instance, id, &mut count))
            .map_err(|failure| self.profile_error(failure, profile))?;
        Ok(count)
    }

    /// Returns the free placements of a profile: those that no compute instance overlaps.
    ///
    /// # Errors
    ///
    /// As [`compute_instance_possible_placements`](Self::compute_instance_possible_placements) and
    /// [`compute_instances`](Self::compute_instances).
    pub fn compute_instance_free_placements(
        &self,
        profile: ComputeInstanceProfileId,
    ) -> Result<Vec<ComputeInstancePlacement>, Error> {
        let taken = self.compute_instances()?;
        let mut free = self.compute_instance_possible_placements(profile)?;
        free.retain(|place| {
            !taken
                .iter()
                .any(|instance| instance.placement().overlaps(*place))
        });
        Ok(free)
    }

    /// Describes a failed query of all profiles or their instances.
    #[cold]
    pub(crate) fn profiles_error(&self, failure: Failure) -> Error {
        self.error(failure, &|code| {
            explain::compute_instance_profile(self, code)
        })
    }

    /// Describes a failed query of one profile.
    #[cold]
    #[inline(never)]
    pub(crate) fn profile_error(
        &self,
        failure: Failure,
        profile: ComputeInstanceProfileId,
    ) -> Error {
        let subject = || Subject::of_profile(&self.describe_compute_instance_profile(profile));
        self.error_about(failure, &subject, &|code| {
            explain::compute_instance_profile(self, code)
        })
    }

    /// Returns, for example, `2c.4g.24gb (id 1)`; without a name if the GPU instance does not have the profile.
    pub(crate) fn describe_compute_instance_profile(&self, id: ComputeInstanceProfileId) -> String {
        let profiles = self.last_compute_instance_profiles();
        find::describe_id(id, profiles.as_deref().unwrap_or_default())
    }
}
