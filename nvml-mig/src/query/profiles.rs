//! The profiles of a GPU and of a GPU instance, and where instances of them may stand.

use nvml_mig_sys as sys;

use super::{Device, GpuInstance};
use crate::driver::buffer;
use crate::driver::call::{ByVersionWord, Failure, Reason, call};
use crate::driver::structure_version::ProfileVersion;
use crate::error::ReturnCode;
use crate::id::{ComputeInstanceProfileId, GpuInstanceProfileId};
use crate::placement::{ComputeInstancePlacement, GpuInstancePlacement};
use crate::profile::{
    ComputeInstanceProfile, ComputeInstanceProfileInfo, GpuInstanceProfile, GpuInstanceProfileInfo,
};

/// More profiles than any driver has; it stops the walk with a driver that never says where its list ends.
const MOST_PROFILES: u32 = 64;

/// All profiles that `query` answers for, from number 0 upwards: `NOT_SUPPORTED` is a hole and
/// `INVALID_ARGUMENT` is the end (nvml.h). The count that a header was compiled with is not asked.
///
/// With holes only, there may be profiles that the driver does not show while MIG mode is off: the failure of
/// the first one is the answer then.
fn all<T>(query: impl Fn(u32) -> Result<T, Failure>) -> Result<Vec<T>, Failure> {
    let mut profiles = Vec::new();
    let mut first_hole = None;
    for number in 0..MOST_PROFILES {
        match query(number) {
            Ok(profile) => profiles.push(profile),
            Err(failure) if failure.is(ReturnCode::NotSupported) => {
                first_hole.get_or_insert(failure);
            }
            Err(failure) if failure.is(ReturnCode::InvalidArgument) && number > 0 => break,
            Err(failure) => return Err(failure),
        }
    }
    match first_hole {
        Some(failure) if profiles.is_empty() => Err(failure),
        _ => Ok(profiles),
    }
}

/// All compute instances of a GPU instance share its engines: NVML has no other engine profile.
const SHARED_ENGINES: u32 = sys::NVML_COMPUTE_INSTANCE_ENGINE_PROFILE_SHARED;

impl Device {
    pub(crate) fn gpu_instance_profile_or_failure(
        &self,
        profile: GpuInstanceProfile,
    ) -> Result<GpuInstanceProfileInfo, Failure> {
        let settled = &self.driver().gpu_instance_profile_version;
        settled.query(|version| self.gpu_instance_profile_in(version, profile))
    }

    fn gpu_instance_profile_in(
        &self,
        version: ProfileVersion,
        profile: GpuInstanceProfile,
    ) -> Result<GpuInstanceProfileInfo, Failure> {
        let library = self.driver().library();
        let (device, number) = (self.handle(), profile.number());
        match version {
            ProfileVersion::V3 => GpuInstanceProfileInfo::query_v3(Some(profile), |info| {
                call!(library.nvmlDeviceGetGpuInstanceProfileInfoV(device, number, info))
            }),
            ProfileVersion::V2 => GpuInstanceProfileInfo::query_v2(Some(profile), |info| {
                call!(library.nvmlDeviceGetGpuInstanceProfileInfoV(device, number, info))
            }),
            ProfileVersion::V1 => {
                let mut raw = sys::nvmlGpuInstanceProfileInfo_t::default();
                call!(library.nvmlDeviceGetGpuInstanceProfileInfo(device, number, &mut raw))?;
                let total_mib = self.memory_info_or_failure()?.total_mib();
                Ok(GpuInstanceProfileInfo::from_v1(profile, &raw, total_mib))
            }
        }
    }

    pub(crate) fn gpu_instance_profiles_or_failure(
        &self,
    ) -> Result<Vec<GpuInstanceProfileInfo>, Failure> {
        all(|number| self.gpu_instance_profile_or_failure(GpuInstanceProfile::from_number(number)))
    }

    /// A profile that the driver tells of by its id only. No version 1 of this query exists.
    pub(crate) fn unlisted_gpu_instance_profile(
        &self,
        id: GpuInstanceProfileId,
    ) -> Option<GpuInstanceProfileInfo> {
        let library = self.driver().library();
        let (device, id) = (self.handle(), id.number());
        let newest = GpuInstanceProfileInfo::query_v3(None, |info| {
            call!(library.nvmlDeviceGetGpuInstanceProfileInfoByIdV(device, id, info))
        });
        let older = || {
            GpuInstanceProfileInfo::query_v2(None, |info| {
                call!(library.nvmlDeviceGetGpuInstanceProfileInfoByIdV(device, id, info))
            })
        };
        newest.or_else(|_| older()).ok()
    }

    pub(crate) fn gpu_instance_possible_placements_or_failure(
        &self,
        profile: GpuInstanceProfileId,
    ) -> Result<Vec<GpuInstancePlacement>, Failure> {
        let library = self.driver().library();
        let (device, id) = (self.handle(), profile.number());
        let newest = buffer::sized_list(|placements, count| {
            call!(
                library
                    .nvmlDeviceGetGpuInstancePossiblePlacements_v2(device, id, placements, count)
            )
        });
        let placements = match newest {
            Err(Failure {
                reason: Reason::Missing,
                ..
            }) => buffer::sized_list(|placements, count| {
                call!(
                    library
                        .nvmlDeviceGetGpuInstancePossiblePlacements(device, id, placements, count)
                )
            }),
            answer => answer,
        };
        Ok(placements?
            .into_iter()
            .map(GpuInstancePlacement::from_raw)
            .collect())
    }
}

impl GpuInstance {
    pub(crate) fn compute_instance_profile_or_failure(
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

    pub(crate) fn compute_instance_profiles_or_failure(
        &self,
    ) -> Result<Vec<ComputeInstanceProfileInfo>, Failure> {
        all(|number| {
            self.compute_instance_profile_or_failure(ComputeInstanceProfile::from_number(number))
        })
    }

    pub(crate) fn compute_instance_possible_placements_or_failure(
        &self,
        profile: ComputeInstanceProfileId,
    ) -> Result<Vec<ComputeInstancePlacement>, Failure> {
        let library = self.device().driver().library();
        let (instance, id) = (self.handle(), profile.number());
        let placements = buffer::sized_list(|placements, count| {
            call!(library.nvmlGpuInstanceGetComputeInstancePossiblePlacements(
                instance, id, placements, count
            ))
        })?;
        let placements = placements.into_iter();
        Ok(placements.map(ComputeInstancePlacement::from_raw).collect())
    }
}
