//! GPU instance profiles of a GPU: the list, possible placements, remaining capacity.

use crate::driver::call::{Failure, call};
use crate::error::{Error, Subject};
use crate::explain;
use crate::id::GpuInstanceProfileId;
use crate::placement::GpuInstancePlacement;
use crate::profile::{GpuInstanceProfile, GpuInstanceProfileInfo, find};
use crate::query::Device;

/// The owner of the profiles, as errors name it.
const OWNER: &str = "this GPU";

/// # GPU instance profiles
impl Device {
    /// Returns the resources of a GPU instance of `profile` on this GPU.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotSupported`](crate::ReturnCode::NotSupported) if this GPU has no such profile (or, with drivers
    /// up to 535, while MIG mode is off); [`InvalidArgument`](crate::ReturnCode::InvalidArgument) if the driver does
    /// not know the profile number.
    #[doc(alias = "nvmlDeviceGetGpuInstanceProfileInfo")]
    #[doc(alias = "nvmlDeviceGetGpuInstanceProfileInfoV")]
    pub fn gpu_instance_profile(
        &self,
        profile: GpuInstanceProfile,
    ) -> Result<GpuInstanceProfileInfo, Error> {
        self.gpu_instance_profile_or_failure(profile)
            .map_err(|failure| {
                self.error_about(failure, &|| Subject::of_profile(&profile), &|code| {
                    explain::gpu_instance_profile(self, code)
                })
            })
    }

    /// Returns all GPU instance profiles of this GPU, including those without a name in this crate, in NVML's order.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotSupported`](crate::ReturnCode::NotSupported) on a GPU without MIG, and, with drivers up to 535,
    /// while MIG mode is off: these drivers do not list profiles then.
    #[doc(alias = "nvmlDeviceGetGpuInstanceProfileInfoV")]
    pub fn gpu_instance_profiles(&self) -> Result<Vec<GpuInstanceProfileInfo>, Error> {
        let profiles = self.gpu_instance_profiles_or_failure();
        let profiles = profiles.map_err(|failure| self.profiles_error(failure))?;
        Ok(profiles.to_vec())
    }

    /// Returns the GPU instance profile with this id.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] if this GPU has no profile with this id; it lists the available ones. Otherwise as
    /// [`gpu_instance_profiles`](Self::gpu_instance_profiles).
    #[doc(alias = "nvmlDeviceGetGpuInstanceProfileInfoByIdV")]
    pub fn gpu_instance_profile_by_id(
        &self,
        id: GpuInstanceProfileId,
    ) -> Result<GpuInstanceProfileInfo, Error> {
        let mut profiles = self.gpu_instance_profiles()?;
        let listed = profiles.iter().position(|profile| profile.id == id);
        let listed = listed.map(|index| profiles.swap_remove(index));
        let found = listed.or_else(|| self.unlisted_gpu_instance_profile(id));
        Ok(found.ok_or_else(|| find::not_found(&format!("id {id}"), &profiles, OWNER))?)
    }

    /// Returns the GPU instance profile with this name, such as `4g.24gb`, with or without `MIG `.
    ///
    /// Slices and attributes must match exactly. The memory may be rounded as by another driver, such as `3g.39gb` for
    /// `3g.40gb`, unless that is ambiguous.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// let profile = device.gpu_instance_profile_by_name("2g.12gb")?;
    /// println!("{}: {} MiB, {} SMs", profile.name, profile.memory_mib, profile.multiprocessor_count);
    /// let error = device.gpu_instance_profile_by_name("3g.20gb").unwrap_err();
    /// assert!(error.to_string().contains("4g.24gb"), "it names the profiles of this GPU");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Input`] if the text is not a profile name or this GPU has no such profile; it lists the available ones.
    /// Otherwise as [`gpu_instance_profiles`](Self::gpu_instance_profiles).
    pub fn gpu_instance_profile_by_name(
        &self,
        name: &str,
    ) -> Result<GpuInstanceProfileInfo, Error> {
        let profiles = self.gpu_instance_profiles()?;
        Ok(find::by_text(name, profiles, OWNER)?)
    }

    /// Returns the placements that a profile allows, free or occupied. Drivers that list profiles while MIG mode is off
    /// list placements then too.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotSupported`](crate::ReturnCode::NotSupported) for an id that this GPU does not have and, up to
    /// driver 535, while MIG mode is off; [`NoPermission`](crate::ReturnCode::NoPermission) without the privilege.
    #[doc(alias = "nvmlDeviceGetGpuInstancePossiblePlacements_v2")]
    #[doc(alias = "nvmlDeviceGetGpuInstancePossiblePlacements")]
    pub fn gpu_instance_possible_placements(
        &self,
        profile: GpuInstanceProfileId,
    ) -> Result<Vec<GpuInstancePlacement>, Error> {
        let placements = self.gpu_instance_possible_placements_or_failure(profile);
        let placements = placements.map_err(|failure| self.profile_error(failure, profile))?;
        Ok(placements.to_vec())
    }

    /// Returns how many more GPU instances of this profile fit now; 0 while MIG mode is off.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// let profile = device.gpu_instance_profile_by_name("1g.6gb")?.id;
    /// assert_eq!(device.gpu_instance_remaining_capacity(profile)?, 4);
    /// let _first = device.create_gpu_instance(profile)?;
    /// assert_eq!(device.gpu_instance_remaining_capacity(profile)?, 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`gpu_instance_possible_placements`](Self::gpu_instance_possible_placements).
    #[doc(alias = "nvmlDeviceGetGpuInstanceRemainingCapacity")]
    #[inline]
    pub fn gpu_instance_remaining_capacity(
        &self,
        profile: GpuInstanceProfileId,
    ) -> Result<u32, Error> {
        let library = self.driver().library();
        let mut count = 0;
        call!(library.nvmlDeviceGetGpuInstanceRemainingCapacity(
            self.handle(),
            profile.number(),
            &mut count
        ))
        .map_err(|failure| self.profile_error(failure, profile))?;
        Ok(count)
    }

    /// Returns the free placements of a profile: those that no GPU instance overlaps. A creation can still fail for lack of
    /// engines, which [`gpu_instance_remaining_capacity`](Self::gpu_instance_remaining_capacity) takes into account.
    /// Returns none while MIG mode is off.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// let profile = device.gpu_instance_profile_by_name("2g.12gb")?.id;
    /// let free = device.gpu_instance_free_placements(profile)?;
    /// if let Some(&last) = free.last() {
    ///     let gpu_instance = device.create_gpu_instance_at(profile, last)?;
    ///     assert_eq!(gpu_instance.placement().to_string(), "2:2");
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`gpu_instance_possible_placements`](Self::gpu_instance_possible_placements) and
    /// [`gpu_instances`](Self::gpu_instances).
    pub fn gpu_instance_free_placements(
        &self,
        profile: GpuInstanceProfileId,
    ) -> Result<Vec<GpuInstancePlacement>, Error> {
        let taken = self.partition_or_failure();
        let Some(taken) = taken.map_err(|failure| self.error(failure))? else {
            return Ok(Vec::new());
        };
        let mut free = self.gpu_instance_possible_placements(profile)?;
        free.retain(|place| {
            !taken
                .iter()
                .any(|instance| instance.placement().overlaps(*place))
        });
        Ok(free)
    }

    /// Describes a failed query of all profiles.
    #[cold]
    pub(crate) fn profiles_error(&self, failure: Failure) -> Error {
        self.error_about(failure, &Subject::default, &|code| {
            explain::gpu_instance_profile(self, code)
        })
    }

    /// Describes a failed query of one profile.
    #[cold]
    #[inline(never)]
    pub(crate) fn profile_error(&self, failure: Failure, profile: GpuInstanceProfileId) -> Error {
        let subject = || Subject::of_profile(&self.describe_profile(profile));
        self.error_about(failure, &subject, &|code| {
            explain::gpu_instance_profile_id(self, code)
        })
    }

    /// Returns, for example, `4g.24gb (id 0)`; without a name if the GPU does not have the profile.
    pub(crate) fn describe_profile(&self, id: GpuInstanceProfileId) -> String {
        let profiles = self.last_gpu_instance_profiles();
        find::describe_id(id, profiles.as_deref().unwrap_or_default())
    }
}
