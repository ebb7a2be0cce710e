//! The instances on a GPU, and those in a GPU instance. NVML lists by profile and has no "all", so profile after profile
//! is asked for, until no slice is left on which another instance could stand.

use core::cmp::Reverse;

use nvml_mig_sys::{Handle, nvmlComputeInstance_st, nvmlGpuInstance_st};

use super::known::KnownGpu;
use super::{ComputeInstance, Device, GpuInstance, MigMode};
use crate::driver::buffer;
use crate::driver::call::{Failure, call, still_there};
use crate::id::{ComputeInstanceProfileId, GpuInstanceProfileId};
use crate::profile::{GpuInstanceProfile, GpuInstanceProfileInfo};

/// Room for more instances or placements of a profile than any GPU has slices: NVML does not ask for it and would write
/// past the end, and the count that some A30 drivers report is too small.
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
        // Many small instances leave no room for large ones, which need no list then.
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
        let handles = buffer::unsized_list(ROOM, Handle::NULL.raw(), |instances, count| {
            call!(library.nvmlDeviceGetGpuInstances(device, id, instances, count))
        })?;
        Ok(handles.into_iter().map(Handle::new).collect())
    }
}

/// As many compute slices as the GPU instances of any one profile can have together: no GPU instances of several profiles
/// have more. The profile of the whole GPU alone would tell it, but may be one that a driver hides.
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

    /// All compute instances, in the order of their ids, of a GPU instance that was just seen. `likely` profiles are asked
    /// for first; `read` reads what a handle of a profile stands for.
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
            // The usual one takes the whole GPU instance, and leaves nothing to look for.
            rest.sort_by_key(|profile| Reverse(profile.slice_count));
            for profile in rest {
                walk.list(profile.id, profile.slice_count)?;
            }
        }
        Ok(walk.instances)
    }

    /// Compute slices that its compute instances have together at most. In a GPU instance of one slice with twice the
    /// memory there may be two of them (nvml.h: `1_SLICE_REV2`), so nothing is said of that, nor of an unknown profile.
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
        let handles = buffer::unsized_list(ROOM, Handle::NULL.raw(), |instances, count| {
            call!(library.nvmlGpuInstanceGetComputeInstances(instance, id, instances, count))
        })?;
        Ok(handles.into_iter().map(Handle::new).collect())
    }
}

/// Adds an instance in the order of the ids. `false` for one that is listed twice, which takes its slices once.
fn add<T, I: Ord>(instances: &mut Vec<T>, instance: T, id: impl Fn(&T) -> I) -> bool {
    match instances.binary_search_by_key(&id(&instance), id) {
        Ok(_) => false,
        Err(at) => {
            instances.insert(at, instance);
            true
        }
    }
}

/// The compute instances found until now.
struct Walk<'a, R> {
    of: &'a GpuInstance,
    /// Slices on which another may stand.
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
            let size = instance.placement().size;
            if add(&mut self.instances, instance, ComputeInstance::id) {
                self.free = self.free.saturating_sub(size);
            }
        }
        Ok(())
    }
}
