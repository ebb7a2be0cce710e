//! Compute instances of a GPU instance: making, listing and finding them.

use nvml_mig_sys::{Handle, nvmlComputeInstance_st, nvmlComputeInstance_t};

use crate::buffer;
use crate::call::{Failure, call, still_there};
use crate::compute_instance::ComputeInstance;
use crate::error::{Error, Subject};
use crate::explain;
use crate::gpu_instance::GpuInstance;
use crate::id::{ComputeInstanceId, ComputeInstanceProfileId};
use crate::placement::ComputeInstancePlacement;
use crate::profile_info::ComputeInstanceProfileInfo;

/// Room for more compute instances of a profile than any GPU instance has slices: NVML does not ask for it and would
/// write past the end.
const ROOM: u32 = 64;

impl GpuInstance {
    /// Makes a compute instance where the driver likes; with it there is a MIG device. It outlives this process.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::InsufficientResources`](crate::ReturnCode::InsufficientResources) if there is no room,
    /// [`NotSupported`](crate::ReturnCode::NotSupported) for an id that this GPU instance does not have,
    /// [`NoPermission`](crate::ReturnCode::NoPermission) without the privilege.
    #[doc(alias = "nvmlGpuInstanceCreateComputeInstance")]
    pub fn create_compute_instance(
        &self,
        profile: ComputeInstanceProfileId,
    ) -> Result<ComputeInstance, Error> {
        let library = self.device().driver().library();
        let (instance, id) = (self.handle(), profile.number());
        self.create(profile, None, |made| {
            call!(library.nvmlGpuInstanceCreateComputeInstance(instance, id, made))
        })
    }

    /// Makes a compute instance at a placement, one of
    /// [`compute_instance_possible_placements`](Self::compute_instance_possible_placements).
    ///
    /// # Errors
    ///
    /// As [`create_compute_instance`](Self::create_compute_instance); a placement that the profile can't have is
    /// [`ReturnCode::InvalidArgument`](crate::ReturnCode::InvalidArgument), an occupied one
    /// [`InUse`](crate::ReturnCode::InUse). [`Error::FunctionMissing`] on drivers older than 525.
    #[doc(alias = "nvmlGpuInstanceCreateComputeInstanceWithPlacement")]
    pub fn create_compute_instance_at(
        &self,
        profile: ComputeInstanceProfileId,
        placement: ComputeInstancePlacement,
    ) -> Result<ComputeInstance, Error> {
        let library = self.device().driver().library();
        let (instance, id, raw) = (self.handle(), profile.number(), placement.to_raw());
        self.create(profile, Some(placement), |made| {
            call!(
                library.nvmlGpuInstanceCreateComputeInstanceWithPlacement(instance, id, &raw, made)
            )
        })
    }

    fn create(
        &self,
        profile: ComputeInstanceProfileId,
        placement: Option<ComputeInstancePlacement>,
        query: impl FnOnce(&mut nvmlComputeInstance_t) -> Result<(), Failure>,
    ) -> Result<ComputeInstance, Error> {
        let mut raw = Handle::NULL.raw();
        query(&mut raw).map_err(|failure| {
            let fill = |subject: &mut Subject| {
                subject.profile = Some(self.describe_compute_instance_profile(profile));
                subject.placement = placement.map(|placement| placement.to_string());
            };
            let hint = |code| explain::create_compute_instance(self, code, profile, placement);
            self.error_about(failure, fill, hint)
        })?;
        ComputeInstance::adopt_new(self, Handle::new(raw))
    }

    /// All compute instances, in the order of their ids.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::InvalidArgument`](crate::ReturnCode::InvalidArgument) if the GPU instance is gone,
    /// [`NoPermission`](crate::ReturnCode::NoPermission) without the privilege.
    #[doc(alias = "nvmlGpuInstanceGetComputeInstances")]
    pub fn compute_instances(&self) -> Result<Vec<ComputeInstance>, Error> {
        self.compute_instances_or_failure().map_err(|failure| {
            self.error(failure, |code| {
                explain::compute_instance_profile(self, code)
            })
        })
    }

    /// NVML lists by profile and has no "all", so every profile of the GPU instance is asked for.
    pub(crate) fn compute_instances_or_failure(&self) -> Result<Vec<ComputeInstance>, Failure> {
        let mut instances = Vec::new();
        for profile in self.compute_instance_profiles_or_failure()? {
            instances.extend(self.compute_instances_of_profile(&profile)?);
        }
        instances.sort_by_key(ComputeInstance::id);
        instances.dedup_by_key(|instance| instance.id());
        Ok(instances)
    }

    pub(crate) fn compute_instances_of_profile(
        &self,
        profile: &ComputeInstanceProfileInfo,
    ) -> Result<Vec<ComputeInstance>, Failure> {
        let library = self.device().driver().library();
        let capacity = profile.instance_count.max(ROOM);
        let empty = Handle::<nvmlComputeInstance_st>::NULL.raw();
        let handles = buffer::unsized_list(capacity, empty, |instances, count| {
            let (instance, id) = (self.handle(), profile.id.number());
            call!(library.nvmlGpuInstanceGetComputeInstances(instance, id, instances, count))
        })?;
        let adopt = |raw| still_there(ComputeInstance::adopt(self, Handle::new(raw)));
        handles.into_iter().filter_map(adopt).collect()
    }

    /// The compute instance with this id.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotFound`](crate::ReturnCode::NotFound) if there is none,
    /// [`NoPermission`](crate::ReturnCode::NoPermission) without the privilege.
    #[doc(alias = "nvmlGpuInstanceGetComputeInstanceById")]
    pub fn compute_instance_by_id(&self, id: ComputeInstanceId) -> Result<ComputeInstance, Error> {
        let library = self.device().driver().library();
        let (instance, mut raw) = (self.handle(), Handle::NULL.raw());
        let found =
            call!(library.nvmlGpuInstanceGetComputeInstanceById(instance, id.number(), &mut raw));
        found
            .and_then(|()| ComputeInstance::adopt(self, Handle::new(raw)))
            .map_err(|failure| {
                let fill = |subject: &mut Subject| subject.compute_instance = Some(id);
                self.error_about(failure, fill, |code| {
                    explain::compute_instance_by_id(self, code)
                })
            })
    }
}
