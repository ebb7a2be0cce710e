//! Compute instance profiles of a GPU instance: what there is, where it may stand, how many more fit.

use nvml_mig_sys as sys;

use crate::buffer;
use crate::call::{ByVersionWord, Failure, call};
use crate::error::{Error, Subject};
use crate::explain;
use crate::gpu_instance::GpuInstance;
use crate::id::ComputeInstanceProfileId;
use crate::placement::ComputeInstancePlacement;
use crate::profile::ComputeInstanceProfile;
use crate::profile_info::ComputeInstanceProfileInfo;
use crate::profile_list;
use crate::profile_version::ProfileVersion;

/// All compute instances of a GPU instance share its engines: NVML has no other engine profile.
const SHARED_ENGINES: u32 = sys::NVML_COMPUTE_INSTANCE_ENGINE_PROFILE_SHARED;

impl GpuInstance {
    /// What a compute instance of `profile` gets in this GPU instance. Engines are shared between all of them.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotSupported`](crate::ReturnCode::NotSupported) if this GPU instance has no such profile,
    /// [`InvalidArgument`](crate::ReturnCode::InvalidArgument) for a number after the last that the driver knows,
    /// or if the GPU instance is gone.
    #[doc(alias = "nvmlGpuInstanceGetComputeInstanceProfileInfo")]
    #[doc(alias = "nvmlGpuInstanceGetComputeInstanceProfileInfoV")]
    pub fn compute_instance_profile(
        &self,
        profile: ComputeInstanceProfile,
    ) -> Result<ComputeInstanceProfileInfo, Error> {
        self.compute_instance_profile_or_failure(profile)
            .map_err(|failure| {
                let name = |subject: &mut Subject| subject.profile = Some(profile.to_string());
                self.error_about(failure, name, |code| {
                    explain::compute_instance_profile(self, code)
                })
            })
    }

    fn compute_instance_profile_or_failure(
        &self,
        profile: ComputeInstanceProfile,
    ) -> Result<ComputeInstanceProfileInfo, Failure> {
        let settled = &self.device().driver().compute_instance_profile_version;
        settled.query(|version| self.compute_instance_profile_in(version, profile))
    }

    fn compute_instance_profile_in(
        &self,
        version: ProfileVersion,
        profile: ComputeInstanceProfile,
    ) -> Result<ComputeInstanceProfileInfo, Failure> {
        let library = self.device().driver().library();
        let (instance, number, engines) = (self.handle(), profile.number(), SHARED_ENGINES);
        match version {
            ProfileVersion::V3 => {
                let mut raw = sys::nvmlComputeInstanceProfileInfo_v3_t {
                    version: sys::nvmlComputeInstanceProfileInfo_v3,
                    ..Default::default()
                };
                let info = ByVersionWord(&mut raw);
                call!(library.nvmlGpuInstanceGetComputeInstanceProfileInfoV(
                    instance, number, engines, info
                ))?;
                Ok(ComputeInstanceProfileInfo::from_v3(profile, &raw))
            }
            ProfileVersion::V2 => {
                let mut raw = sys::nvmlComputeInstanceProfileInfo_v2_t {
                    version: sys::nvmlComputeInstanceProfileInfo_v2,
                    ..Default::default()
                };
                call!(library.nvmlGpuInstanceGetComputeInstanceProfileInfoV(
                    instance, number, engines, &mut raw
                ))?;
                Ok(ComputeInstanceProfileInfo::from_v2(profile, &raw))
            }
            ProfileVersion::V1 => {
                let mut raw = sys::nvmlComputeInstanceProfileInfo_t::default();
                call!(library.nvmlGpuInstanceGetComputeInstanceProfileInfo(
                    instance, number, engines, &mut raw
                ))?;
                let own = self.own_profile_or_failure()?;
                Ok(ComputeInstanceProfileInfo::from_v1(
                    profile,
                    &raw,
                    own.as_ref(),
                ))
            }
        }
    }

    /// All compute instance profiles of this GPU instance, also those that this crate has no name for.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::InvalidArgument`](crate::ReturnCode::InvalidArgument) if the GPU instance is gone.
    #[doc(alias = "nvmlGpuInstanceGetComputeInstanceProfileInfoV")]
    pub fn compute_instance_profiles(&self) -> Result<Vec<ComputeInstanceProfileInfo>, Error> {
        self.compute_instance_profiles_or_failure()
            .map_err(|failure| {
                self.error(failure, |code| {
                    explain::compute_instance_profile(self, code)
                })
            })
    }

    pub(crate) fn compute_instance_profiles_or_failure(
        &self,
    ) -> Result<Vec<ComputeInstanceProfileInfo>, Failure> {
        profile_list::all(|number| {
            self.compute_instance_profile_or_failure(ComputeInstanceProfile::from_number(number))
        })
    }

    /// The compute instance profile with this id.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] if this GPU instance has no profile with this id, naming those that it has; else as
    /// [`compute_instance_profiles`](Self::compute_instance_profiles).
    pub fn compute_instance_profile_by_id(
        &self,
        id: ComputeInstanceProfileId,
    ) -> Result<ComputeInstanceProfileInfo, Error> {
        let mut profiles = self.compute_instance_profiles()?;
        match profiles.iter().position(|profile| profile.id == id) {
            Some(index) => Ok(profiles.swap_remove(index)),
            None => Err(profile_list::unknown(
                &format!("id {id}"),
                &profiles,
                "GPU instance",
            )),
        }
    }

    /// The compute instance profile with this name, such as `1c.3g.20gb`, with or without `MIG `. Of two with the
    /// same name, as `1c.2g.20gb` on Hopper, it is the plain one:
    /// [`Slice1Double`](crate::ComputeInstanceProfile::Slice1Double) is to be asked for by its number.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] if the text is no profile name or this GPU instance has no profile of this name, naming
    /// those that it has; else as [`compute_instance_profiles`](Self::compute_instance_profiles).
    pub fn compute_instance_profile_by_name(
        &self,
        name: &str,
    ) -> Result<ComputeInstanceProfileInfo, Error> {
        profile_list::by_name(name, self.compute_instance_profiles()?, "GPU instance")
    }

    /// Where compute instances of a profile may stand, whatever stands there now.
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
        let library = self.device().driver().library();
        let (instance, id) = (self.handle(), profile.number());
        let placements = buffer::sized_list(|placements, count| {
            call!(library.nvmlGpuInstanceGetComputeInstancePossiblePlacements(
                instance, id, placements, count
            ))
        });
        let placements = placements.map_err(|failure| self.profile_error(failure, profile))?;
        Ok(placements
            .into_iter()
            .map(ComputeInstancePlacement::from_raw)
            .collect())
    }

    /// How many more compute instances of this one profile fit now.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotSupported`](crate::ReturnCode::NotSupported) for an id that this GPU instance does not
    /// have, [`NoPermission`](crate::ReturnCode::NoPermission) without the privilege.
    #[doc(alias = "nvmlGpuInstanceGetComputeInstanceRemainingCapacity")]
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

    /// Where compute instances of a profile can stand now: the possible placements that none overlaps.
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

    fn profile_error(&self, failure: Failure, profile: ComputeInstanceProfileId) -> Error {
        let fill = |subject: &mut Subject| {
            subject.profile = Some(self.describe_compute_instance_profile(profile));
        };
        self.error_about(failure, fill, |code| {
            explain::compute_instance_profile(self, code)
        })
    }

    /// Such as `2c.4g.24gb (id 1)`; without the name where the GPU instance does not have the profile.
    pub(crate) fn describe_compute_instance_profile(&self, id: ComputeInstanceProfileId) -> String {
        let profiles = self.compute_instance_profiles_or_failure();
        profile_list::describe_id(id, &profiles.unwrap_or_default())
    }
}
