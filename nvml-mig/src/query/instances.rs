//! Lists the GPU instances of a GPU and the compute instances of a GPU instance. NVML lists instances only by profile,
//! so the profiles are queried one after another until no free slice is left for another instance.

use core::cmp::Reverse;

use nvml_mig_sys::{Handle, nvmlComputeInstance_st, nvmlGpuInstance_st};

use super::known::KnownGpu;
use super::{ComputeInstance, Device, GpuInstance, MigMode};
use crate::driver::buffer;
use crate::driver::call::{Failure, call, still_there};
use crate::id::{ComputeInstanceProfileId, GpuInstanceProfileId};
use crate::profile::{GpuInstanceProfile, GpuInstanceProfileInfo};

/// Capacity for the instances or placements of a profile, and the most that are believed; no GPU has as many slices. NVML does
/// not take the capacity and would write past the end, and the count that some A30 drivers report is too small.
pub(super) const ROOM: u32 = 64;

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
                let placement = instance.placement();
                let mut others = instances.iter();
                let overlaps = others.any(|other| other.placement().overlaps(placement));
                if add(&mut instances, instance, GpuInstance::id) {
                    free = left(free, profile.slice_count, overlaps);
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

/// The slices that are left beside an instance. One that overlaps an earlier one took its place while the profiles were listed: then
/// the slices of those listed don't tell what else can be there.
const fn left(free: u32, slices: u32, overlaps: bool) -> u32 {
    if overlaps {
        return u32::MAX;
    }
    free.saturating_sub(slices)
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
            let placement = instance.placement();
            let mut others = self.instances.iter();
            let overlaps = others.any(|other| other.placement().overlaps(placement));
            if add(&mut self.instances, instance, ComputeInstance::id) {
                self.free = left(self.free, placement.size, overlaps);
            }
        }
        Ok(())
    }
}
