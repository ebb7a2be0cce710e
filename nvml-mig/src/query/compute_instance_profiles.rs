//! Compute instance profiles of a GPU instance, and their possible placements.

use std::sync::Arc;

use nvml_mig_sys as sys;

use super::instances::ROOM;
use super::known::KnownGpu;
use super::plausible;
use super::profile_walk::all;
use super::{GpuInstance, MigMode};
use crate::driver::buffer;
use crate::driver::call::{Failure, call};
use crate::driver::roomy::Roomy;
use crate::driver::structure_version::ProfileVersion;
use crate::id::ComputeInstanceProfileId;
use crate::placement::ComputeInstancePlacement;
use crate::profile::{ComputeInstanceProfile, ComputeInstanceProfileInfo};

/// All compute instances of a GPU instance share its engines: NVML has no other engine profile.
const SHARED_ENGINES: u32 = sys::NVML_COMPUTE_INSTANCE_ENGINE_PROFILE_SHARED;

/// The newest function for a profile.
const PROFILE_INFO: &str = "nvmlGpuInstanceGetComputeInstanceProfileInfoV";

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
                ComputeInstanceProfileInfo::query_v3(profile, |info| {
                    call!(library.nvmlGpuInstanceGetComputeInstanceProfileInfoV(
                        instance, number, engines, info
                    ))
                })
            }
            ProfileVersion::V2 => {
                ComputeInstanceProfileInfo::query_v2(profile, |info| {
                    call!(library.nvmlGpuInstanceGetComputeInstanceProfileInfoV(
                        instance, number, engines, info
                    ))
                })
            }
            ProfileVersion::V1 => {
                let mut raw = Roomy::<sys::nvmlComputeInstanceProfileInfo_t>::default();
                let place = raw.place();
                call!(library.nvmlGpuInstanceGetComputeInstanceProfileInfo(
                    instance, number, engines, place
                ))?;
                let own = self.own_profile_or_failure()?;
                Ok(ComputeInstanceProfileInfo::from_v1(
                    profile,
                    &raw.value,
                    own.as_ref(),
                ))
            }
        }
    }

    /// Returns the cache of the GPU after checking that this GPU instance still exists, which implies that MIG mode is
    /// on.
    pub(super) fn known(&self) -> Result<Arc<KnownGpu>, Failure> {
        self.check()?;
        Ok(self.device().known_in(MigMode::Enabled))
    }

    /// All profiles.
    pub(crate) fn compute_instance_profiles_or_failure(
        &self,
    ) -> Result<Arc<[ComputeInstanceProfileInfo]>, Failure> {
        self.compute_instance_profiles_in(&*self.known()?)
    }

    /// Returns all profiles of a GPU instance that is known to exist.
    pub(crate) fn compute_instance_profiles_in(
        &self,
        known: &KnownGpu,
    ) -> Result<Arc<[ComputeInstanceProfileInfo]>, Failure> {
        if let Some(profiles) = known.compute_profiles.get(&self.profile_id()) {
            return Ok(profiles);
        }
        let ask = |number| {
            let profile = ComputeInstanceProfile::from_number(number);
            self.compute_instance_profile_or_failure(profile)
        };
        let own = known.gpu_instance_profile(self.profile_id());
        let slices = own.map_or(u32::MAX, |own| own.slice_count);
        let possible = |number| {
            let profile = ComputeInstanceProfile::from_number(number);
            profile.slice_count().is_none_or(|needed| needed <= slices)
        };
        let profiles: Arc<[_]> = all(PROFILE_INFO, possible, ask)?.into();
        // If the GPU instance is destroyed meanwhile, NVML returns the code that marks the end of the list.
        self.check()?;
        let id = self.profile_id();
        known.compute_profiles.keep(id, Arc::clone(&profiles));
        Ok(profiles)
    }

    /// Returns the profiles of the last query, for names in messages.
    pub(crate) fn last_compute_instance_profiles(
        &self,
    ) -> Result<Arc<[ComputeInstanceProfileInfo]>, Failure> {
        let cached = self.cached_compute_instance_profiles();
        cached.map_or_else(|| self.compute_instance_profiles_or_failure(), Ok)
    }

    /// The profiles if they are cached; NVML is not asked.
    pub(crate) fn cached_compute_instance_profiles(
        &self,
    ) -> Option<Arc<[ComputeInstanceProfileInfo]>> {
        let known = self.device().last_known()?;
        known.compute_profiles.get(&self.profile_id())
    }

    /// Returns the possible placements of a profile.
    pub(crate) fn compute_instance_possible_placements_or_failure(
        &self,
        profile: ComputeInstanceProfileId,
    ) -> Result<Arc<[ComputeInstancePlacement]>, Failure> {
        self.compute_instance_possible_placements_in(&*self.known()?, profile)
    }

    /// The same, for a GPU instance that was just seen.
    pub(crate) fn compute_instance_possible_placements_in(
        &self,
        known: &KnownGpu,
        profile: ComputeInstanceProfileId,
    ) -> Result<Arc<[ComputeInstancePlacement]>, Failure> {
        let key = (self.profile_id(), profile);
        known
            .compute_placements
            .get_or_ask(key, || self.ask_possible_placements(profile))
    }

    fn ask_possible_placements(
        &self,
        profile: ComputeInstanceProfileId,
    ) -> Result<Arc<[ComputeInstancePlacement]>, Failure> {
        let library = self.device().driver().library();
        let (instance, id) = (self.handle(), profile.number());
        let placements = buffer::unsized_list(
            "nvmlGpuInstanceGetComputeInstancePossiblePlacements",
            ROOM,
            Default::default(),
            |placements, count| {
                call!(library.nvmlGpuInstanceGetComputeInstancePossiblePlacements(
                    instance, id, placements, count
                ))
            },
        )?;
        let function = "nvmlGpuInstanceGetComputeInstancePossiblePlacements";
        for place in &placements {
            plausible::placement(function, (place.start, place.size), false)?;
        }
        let placements = placements.into_iter();
        Ok(placements.map(ComputeInstancePlacement::from_raw).collect())
    }
}
