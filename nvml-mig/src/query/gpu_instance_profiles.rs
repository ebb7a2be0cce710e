//! GPU instance profiles of a GPU, and their possible placements.

use std::sync::Arc;

use nvml_mig_sys as sys;

use super::instances::ROOM;
use super::known::KnownGpu;
use super::profile_walk::all;
use super::{Device, plausible};
use crate::driver::buffer;
use crate::driver::call::{Failure, call, or_older};
use crate::driver::roomy::Roomy;
use crate::driver::structure_version::ProfileVersion;
use crate::id::GpuInstanceProfileId;
use crate::placement::GpuInstancePlacement;
use crate::profile::{GpuInstanceProfile, GpuInstanceProfileInfo};

/// The newest function for a profile.
const PROFILE_INFO: &str = "nvmlDeviceGetGpuInstanceProfileInfoV";

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
                let mut raw = Roomy::<sys::nvmlGpuInstanceProfileInfo_t>::default();
                let place = raw.place();
                call!(library.nvmlDeviceGetGpuInstanceProfileInfo(device, number, place))?;
                // Refused to a container that has only MIG devices.
                let memory = self.memory_info_or_failure().ok();
                let total_mib = memory.map(|memory| memory.total_mib());
                Ok(GpuInstanceProfileInfo::from_v1(
                    profile, &raw.value, total_mib,
                ))
            }
        }
    }

    /// Returns all profiles. If MIG mode can't be read, the profiles are queried anyway, for the error of that query.
    pub(crate) fn gpu_instance_profiles_or_failure(
        &self,
    ) -> Result<Arc<[GpuInstanceProfileInfo]>, Failure> {
        match self.known() {
            Ok((_, known)) => self.gpu_instance_profiles_in(&known),
            Err(_) => self.ask_gpu_instance_profiles(),
        }
    }

    /// Returns all profiles in the current MIG mode, which was just read.
    pub(crate) fn gpu_instance_profiles_in(
        &self,
        known: &KnownGpu,
    ) -> Result<Arc<[GpuInstanceProfileInfo]>, Failure> {
        if let Some(profiles) = known.profiles.get(&()) {
            return Ok(profiles);
        }
        let profiles = self.ask_gpu_instance_profiles()?;
        // If the mode changed during the query, the result may mix profiles of both modes.
        if self.mig_mode_or_failure()?.current() == known.mode {
            known.profiles.keep((), Arc::clone(&profiles));
        }
        Ok(profiles)
    }

    /// Returns the profiles of the last query, for names in messages.
    pub(crate) fn last_gpu_instance_profiles(
        &self,
    ) -> Result<Arc<[GpuInstanceProfileInfo]>, Failure> {
        let cached = self.cached_gpu_instance_profiles();
        cached.map_or_else(|| self.gpu_instance_profiles_or_failure(), Ok)
    }

    /// The profiles if they are cached; NVML is not asked.
    pub(crate) fn cached_gpu_instance_profiles(&self) -> Option<Arc<[GpuInstanceProfileInfo]>> {
        self.last_known()?.profiles.get(&())
    }

    fn ask_gpu_instance_profiles(&self) -> Result<Arc<[GpuInstanceProfileInfo]>, Failure> {
        let ask =
            |number| self.gpu_instance_profile_or_failure(GpuInstanceProfile::from_number(number));
        all(PROFILE_INFO, |_| true, ask).map(Arc::from)
    }

    /// Queries a profile that the driver reports only by id. This query has no version 1.
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

    /// Returns the possible placements of a profile.
    pub(crate) fn gpu_instance_possible_placements_or_failure(
        &self,
        profile: GpuInstanceProfileId,
    ) -> Result<Arc<[GpuInstancePlacement]>, Failure> {
        match self.known() {
            Ok((_, known)) => self.gpu_instance_possible_placements_in(&known, profile),
            Err(_) => self.ask_gpu_instance_possible_placements(profile),
        }
    }

    /// The same in the current MIG mode, which was just read.
    pub(crate) fn gpu_instance_possible_placements_in(
        &self,
        known: &KnownGpu,
        profile: GpuInstanceProfileId,
    ) -> Result<Arc<[GpuInstancePlacement]>, Failure> {
        known.placements.get_or_ask(profile, || {
            self.ask_gpu_instance_possible_placements(profile)
        })
    }

    /// Queries the driver without the cache. This requires privilege.
    pub(crate) fn ask_gpu_instance_possible_placements(
        &self,
        profile: GpuInstanceProfileId,
    ) -> Result<Arc<[GpuInstancePlacement]>, Failure> {
        let library = self.driver().library();
        let (device, id) = (self.handle(), profile.number());
        let newest =
            buffer::unsized_list(
                "nvmlDeviceGetGpuInstancePossiblePlacements_v2",
                ROOM,
                Default::default(),
                |placements, count| {
                    call!(library.nvmlDeviceGetGpuInstancePossiblePlacements_v2(
                        device, id, placements, count
                    ))
                },
            );
        let placements =
            or_older(newest, || {
                buffer::unsized_list(
                    "nvmlDeviceGetGpuInstancePossiblePlacements",
                    ROOM,
                    Default::default(),
                    |placements, count| {
                        call!(library.nvmlDeviceGetGpuInstancePossiblePlacements(
                            device, id, placements, count
                        ))
                    },
                )
            })?;
        let function = "nvmlDeviceGetGpuInstancePossiblePlacements_v2";
        for place in &placements {
            plausible::placement(function, (place.start, place.size), false)?;
        }
        Ok(placements
            .into_iter()
            .map(GpuInstancePlacement::from_raw)
            .collect())
    }
}
