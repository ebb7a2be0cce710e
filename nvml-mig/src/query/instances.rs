//! Lists the GPU instances of a GPU and the compute instances of a GPU instance. NVML lists instances only by profile,
//! so the profiles are queried one after another until no free slice is left for another instance.

use core::cmp::Reverse;

use nvml_mig_sys::{Handle, nvmlComputeInstance_st, nvmlGpuInstance_st};

use super::known::KnownGpu;
use super::{ComputeInstance, Device, GpuInstance, MigMode};
use crate::driver::buffer;
use crate::driver::call::{Failure, call, is_gone, still_there};
use crate::id::{ComputeInstanceProfileId, GpuInstanceProfileId};
use crate::profile::{GpuInstanceProfile, GpuInstanceProfileInfo};

/// Capacity for the instances or placements of a profile, and the most that are believed; no GPU has as many slices. NVML does
/// not take the capacity and would write past the end, and the count that some A30 drivers report is too small.
pub(super) const ROOM: u32 = 64;

/// The functions whose answers make two instances others.
const GPU_INSTANCE_INFO: &str = "nvmlGpuInstanceGetInfo";
const COMPUTE_INSTANCE_INFO: &str = "nvmlComputeInstanceGetInfo_v2";

/// A handle that NVML lists.
pub(crate) type GpuInstanceHandle = Handle<nvmlGpuInstance_st>;

/// A handle that NVML lists.
pub(crate) type ComputeInstanceHandle = Handle<nvmlComputeInstance_st>;

impl Device {
    pub(crate) fn gpu_instances_or_failure(&self) -> Result<Vec<GpuInstance>, Failure> {
        Ok(self.partition_or_failure()?.unwrap_or_default())
    }

    /// All GPU instances; `None` while MIG mode is off.
    pub(crate) fn partition_or_failure(&self) -> Result<Option<Vec<GpuInstance>>, Failure> {
        let (modes, known) = self.known()?;
        if modes.current() != MigMode::Enabled {
            return Ok(None);
        }
        let read = |handle| GpuInstance::from_handle(self, handle);
        self.gpu_instances_in(&known, &[], read).map(Some)
    }

    /// All GPU instances, in the order of their ids, with MIG mode on. `likely` profiles are listed first; `read` reads the
    /// instance behind a handle.
    pub(crate) fn gpu_instances_in(
        &self,
        known: &KnownGpu,
        likely: &[GpuInstanceProfileId],
        read: impl Fn(GpuInstanceHandle) -> Result<GpuInstance, Failure>,
    ) -> Result<Vec<GpuInstance>, Failure> {
        let profiles = self.gpu_instance_profiles_in(known)?;
        let mut order: Vec<_> = profiles.iter().collect();
        // Small profiles come first: if their instances fill the GPU, larger profiles need not be queried.
        order.sort_by_key(|profile| (!likely.contains(&profile.id), profile.slice_count));
        let mut free = slices_of_gpu(&profiles);
        let mut instances: Vec<GpuInstance> = Vec::new();
        for profile in order {
            if profile.slice_count > free {
                continue;
            }
            for handle in self.list_gpu_instances(profile.id)? {
                let Some(instance) = still_there(read(handle)).transpose()? else {
                    continue;
                };
                let gone = take_gone(GPU_INSTANCE_INFO, &mut instances, |earlier| {
                    earlier.excludes(&instance).then(|| earlier.is_same())
                })?;
                for gone in gone {
                    free = free.saturating_add(slices_of(&profiles, gone.profile_id()));
                }
                if add(&mut instances, instance, GpuInstance::id) {
                    free = free.saturating_sub(profile.slice_count);
                }
            }
        }
        Ok(instances)
    }

    fn list_gpu_instances(
        &self,
        profile: GpuInstanceProfileId,
    ) -> Result<Vec<GpuInstanceHandle>, Failure> {
        let library = self.driver().library();
        let (device, id) = (self.handle(), profile.number());
        let handles = buffer::unsized_list(
            "nvmlDeviceGetGpuInstances",
            ROOM,
            Handle::NULL.raw(),
            |instances, count| {
                call!(library.nvmlDeviceGetGpuInstances(device, id, instances, count))
            },
        )?;
        Ok(handles.into_iter().map(Handle::new).collect())
    }
}

/// Returns the compute slices of the GPU: the maximum, over all profiles, of the slices of all instances that fit. The
/// profile of the whole GPU would suffice, but a driver may hide it.
fn slices_of_gpu(profiles: &[GpuInstanceProfileInfo]) -> u32 {
    let all = |profile: &GpuInstanceProfileInfo| {
        let count = profile.instance_count.max(1);
        profile.slice_count.saturating_mul(count)
    };
    profiles.iter().map(all).max().unwrap_or(0)
}

impl GpuInstance {
    pub(crate) fn compute_instances_or_failure(&self) -> Result<Vec<ComputeInstance>, Failure> {
        let known = self.known()?;
        let read = |_, handle| ComputeInstance::from_handle(self, handle);
        self.compute_instances_in(&known, &[], read)
    }

    /// Returns all compute instances, ordered by id, of a GPU instance that is known to exist. `likely` profiles are
    /// queried first; `read` reads the instance behind a handle.
    pub(crate) fn compute_instances_in(
        &self,
        known: &KnownGpu,
        likely: &[ComputeInstanceProfileId],
        read: impl Fn(
            ComputeInstanceProfileId,
            ComputeInstanceHandle,
        ) -> Result<ComputeInstance, Failure>,
    ) -> Result<Vec<ComputeInstance>, Failure> {
        let mut walk = Walk {
            of: self,
            free: self.slices_in(known),
            instances: Vec::new(),
            read,
        };
        for profile in likely {
            walk.list(*profile, 1)?;
        }
        if walk.free > 0 {
            let profiles = self.compute_instance_profiles_in(known)?;
            let mut rest: Vec<_> = profiles
                .iter()
                .filter(|profile| !likely.contains(&profile.id))
                .collect();
            // Large profiles come first: usually one compute instance occupies the whole GPU instance, which ends the
            // search.
            rest.sort_by_key(|profile| Reverse(profile.slice_count));
            for profile in rest {
                walk.list(profile.id, profile.slice_count)?;
            }
        }
        Ok(walk.instances)
    }

    /// Returns the maximum number of compute slices of all its compute instances together. It is unlimited for an
    /// unknown profile, and for 1g with double memory, which may have two compute instances (nvml.h: `1_SLICE_REV2`).
    fn slices_in(&self, known: &KnownGpu) -> u32 {
        match known.gpu_instance_profile(self.profile_id()) {
            Some(own) if own.profile != Some(GpuInstanceProfile::Slice1DoubleMemory) => {
                own.slice_count
            }
            _ => u32::MAX,
        }
    }

    fn list_compute_instances(
        &self,
        profile: ComputeInstanceProfileId,
    ) -> Result<Vec<ComputeInstanceHandle>, Failure> {
        let library = self.device().driver().library();
        let (instance, id) = (self.handle(), profile.number());
        let handles = buffer::unsized_list(
            "nvmlGpuInstanceGetComputeInstances",
            ROOM,
            Handle::NULL.raw(),
            |instances, count| {
                call!(library.nvmlGpuInstanceGetComputeInstances(instance, id, instances, count))
            },
        )?;
        Ok(handles.into_iter().map(Handle::new).collect())
    }
}

/// Returns the compute slices of an instance with this profile.
fn slices_of(profiles: &[GpuInstanceProfileInfo], id: GpuInstanceProfileId) -> u32 {
    let mut profiles = profiles.iter();
    let profile = profiles.find(|profile| profile.id == id);
    profile.map_or(0, |profile| profile.slice_count)
}

/// Removes instances that can't exist beside one that was listed later: others have destroyed them meanwhile. `is_there` returns
/// `None` for the rest. If one is still there, the list can't be right.
fn take_gone<T>(
    function: &'static str,
    instances: &mut Vec<T>,
    is_there: impl Fn(&T) -> Option<Result<bool, Failure>>,
) -> Result<Vec<T>, Failure> {
    let mut gone = Vec::new();
    let mut at = 0;
    while let Some(instance) = instances.get(at) {
        match is_there(instance).map(still_there) {
            None => at += 1,
            Some(Some(Ok(true))) => return Err(Failure::implausible(function)),
            Some(Some(Err(failure))) => return Err(failure),
            Some(Some(Ok(false)) | None) => gone.push(instances.remove(at)),
        }
    }
    Ok(gone)
}

/// Inserts an instance in the order of ids. Returns `false` if it was listed twice, so that its slices count only once.
fn add<T, I: Ord>(instances: &mut Vec<T>, instance: T, id: impl Fn(&T) -> I) -> bool {
    match instances.binary_search_by_key(&id(&instance), id) {
        Ok(_) => false,
        Err(at) => {
            instances.insert(at, instance);
            true
        }
    }
}

/// The compute instances found so far.
struct Walk<'a, R> {
    of: &'a GpuInstance,
    /// Slices that are still free.
    free: u32,
    instances: Vec<ComputeInstance>,
    read: R,
}

impl<R> Walk<'_, R>
where
    R: Fn(ComputeInstanceProfileId, ComputeInstanceHandle) -> Result<ComputeInstance, Failure>,
{
    /// Adds those of a profile, if there is room for one.
    fn list(&mut self, profile: ComputeInstanceProfileId, slices: u32) -> Result<(), Failure> {
        if slices > self.free {
            return Ok(());
        }
        for handle in self.of.list_compute_instances(profile)? {
            let Some(instance) = still_there((self.read)(profile, handle)).transpose()? else {
                continue;
            };
            let gone = take_gone(COMPUTE_INSTANCE_INFO, &mut self.instances, |earlier| {
                earlier.excludes(&instance).then(|| earlier.is_same())
            })?;
            for gone in gone {
                self.free = self.free.saturating_add(gone.placement().size);
            }
            let placement = instance.placement();
            let overlaps = |earlier: &ComputeInstance| earlier.placement().overlaps(placement);
            if self.instances.iter().any(overlaps) {
                // One follows another in a place: the slices of those listed do not tell what else there can be.
                let is_over = |earlier: &ComputeInstance| is_gone(earlier.is_same());
                self.instances
                    .retain(|earlier| !overlaps(earlier) || !is_over(earlier));
                self.free = u32::MAX;
            }
            let size = placement.size;
            if add(&mut self.instances, instance, ComputeInstance::id) {
                self.free = self.free.saturating_sub(size);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{GPU_INSTANCE_INFO as FUNCTION, take_gone};
    use crate::driver::call::Failure;
    use crate::error::ReturnCode;

    /// What is left of three instances, and what is gone, if this is the answer about the second.
    fn left(answer: Result<bool, ReturnCode>) -> Result<(Vec<u32>, Vec<u32>), ReturnCode> {
        let mut instances = vec![1, 2, 3];
        let answer = answer.map_err(|code| Failure {
            function: FUNCTION,
            code,
        });
        let gone = take_gone(FUNCTION, &mut instances, |id| (*id == 2).then_some(answer));
        gone.map(|gone| (instances, gone))
            .map_err(|failure| failure.code)
    }

    #[test]
    fn what_was_destroyed_since_it_was_listed_is_left_out() {
        let without = Ok((vec![1, 3], vec![2]));
        assert_eq!(left(Ok(false)), without);
        assert_eq!(left(Err(ReturnCode::NotFound)), without);
        assert_eq!(left(Err(ReturnCode::InvalidArgument)), without);
    }

    #[test]
    fn two_that_can_not_both_exist_are_not_believed() {
        assert_eq!(left(Ok(true)), Err(ReturnCode::Success));
        let lost = ReturnCode::GpuIsLost;
        assert_eq!(left(Err(lost)), Err(lost));
    }
}
