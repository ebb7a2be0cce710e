//! GPU instances of a GPU: making, listing and finding them.

use nvml_mig_sys::{Handle, nvmlGpuInstance_st, nvmlGpuInstance_t};

use crate::buffer;
use crate::call::{Failure, call, still_there};
use crate::device::Device;
use crate::error::{Error, Subject};
use crate::explain;
use crate::gpu_instance::GpuInstance;
use crate::id::{GpuInstanceId, GpuInstanceProfileId};
use crate::mig_mode::MigMode;
use crate::placement::GpuInstancePlacement;
use crate::profile_info::GpuInstanceProfileInfo;

/// Room for more GPU instances of a profile than any GPU has slices: what it reports itself is too small with some
/// A30 drivers, and NVML would write past the end.
const ROOM: u32 = 64;

impl Device {
    /// Makes a GPU instance where the driver likes. It outlives this process; compute instances make it usable.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::InsufficientResources`](crate::ReturnCode::InsufficientResources) if there is no room,
    /// [`NotSupported`](crate::ReturnCode::NotSupported) while MIG mode is off or in a vGPU guest,
    /// [`InUse`](crate::ReturnCode::InUse) while programs run on the whole GPU,
    /// [`NoPermission`](crate::ReturnCode::NoPermission) without the privilege, and
    /// [`InvalidArgument`](crate::ReturnCode::InvalidArgument) for an id that this GPU does not have.
    #[doc(alias = "nvmlDeviceCreateGpuInstance")]
    pub fn create_gpu_instance(&self, profile: GpuInstanceProfileId) -> Result<GpuInstance, Error> {
        let library = self.driver().library();
        self.create(profile, None, |instance| {
            call!(library.nvmlDeviceCreateGpuInstance(self.handle(), profile.number(), instance))
        })
    }

    /// Makes a GPU instance at a placement, one of
    /// [`gpu_instance_possible_placements`](Self::gpu_instance_possible_placements).
    ///
    /// # Errors
    ///
    /// As [`create_gpu_instance`](Self::create_gpu_instance); a placement that the profile can't have is
    /// [`ReturnCode::InvalidArgument`](crate::ReturnCode::InvalidArgument), an occupied one
    /// [`InsufficientResources`](crate::ReturnCode::InsufficientResources).
    #[doc(alias = "nvmlDeviceCreateGpuInstanceWithPlacement")]
    pub fn create_gpu_instance_at(
        &self,
        profile: GpuInstanceProfileId,
        placement: GpuInstancePlacement,
    ) -> Result<GpuInstance, Error> {
        let library = self.driver().library();
        let raw = placement.to_raw();
        self.create(profile, Some(placement), |instance| {
            call!(library.nvmlDeviceCreateGpuInstanceWithPlacement(
                self.handle(),
                profile.number(),
                &raw,
                instance
            ))
        })
    }

    fn create(
        &self,
        profile: GpuInstanceProfileId,
        placement: Option<GpuInstancePlacement>,
        query: impl FnOnce(&mut nvmlGpuInstance_t) -> Result<(), Failure>,
    ) -> Result<GpuInstance, Error> {
        let mut raw = Handle::NULL.raw();
        query(&mut raw).map_err(|failure| {
            let fill = |subject: &mut Subject| {
                subject.profile = Some(self.describe_profile(profile));
                subject.placement = placement.map(|placement| placement.to_string());
            };
            let hint = |code| explain::create_gpu_instance(self, code, profile, placement);
            self.error_about(failure, fill, hint)
        })?;
        GpuInstance::adopt_new(self, Handle::new(raw))
    }

    /// All GPU instances, in the order of their ids; none while MIG mode is off.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotSupported`](crate::ReturnCode::NotSupported) on a GPU without MIG,
    /// [`NoPermission`](crate::ReturnCode::NoPermission) without the privilege.
    #[doc(alias = "nvmlDeviceGetGpuInstances")]
    pub fn gpu_instances(&self) -> Result<Vec<GpuInstance>, Error> {
        self.gpu_instances_or_failure()
            .map_err(|failure| self.error(failure))
    }

    pub(crate) fn gpu_instances_or_failure(&self) -> Result<Vec<GpuInstance>, Failure> {
        Ok(self.partition_or_failure()?.unwrap_or_default())
    }

    /// All GPU instances; `None` while MIG mode is off. NVML lists by profile and has no "all", so every profile of
    /// the GPU is asked for.
    pub(crate) fn partition_or_failure(&self) -> Result<Option<Vec<GpuInstance>>, Failure> {
        if self.mig_mode_or_failure()?.current != MigMode::Enabled {
            return Ok(None);
        }
        let mut instances = Vec::new();
        for profile in self.gpu_instance_profiles_or_failure()? {
            instances.extend(self.gpu_instances_of_profile(&profile)?);
        }
        instances.sort_by_key(GpuInstance::id);
        instances.dedup_by_key(|instance| instance.id());
        Ok(Some(instances))
    }

    pub(crate) fn gpu_instances_of_profile(
        &self,
        profile: &GpuInstanceProfileInfo,
    ) -> Result<Vec<GpuInstance>, Failure> {
        let library = self.driver().library();
        let capacity = profile.instance_count.max(ROOM);
        let empty = Handle::<nvmlGpuInstance_st>::NULL.raw();
        let handles = buffer::unsized_list(capacity, empty, |instances, count| {
            let (device, id) = (self.handle(), profile.id.number());
            call!(library.nvmlDeviceGetGpuInstances(device, id, instances, count))
        })?;
        let adopt = |raw| still_there(GpuInstance::adopt(self, Handle::new(raw)));
        handles.into_iter().filter_map(adopt).collect()
    }

    /// The GPU instance with this id.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotFound`](crate::ReturnCode::NotFound) if there is none,
    /// [`NotSupported`](crate::ReturnCode::NotSupported) while MIG mode is off,
    /// [`NoPermission`](crate::ReturnCode::NoPermission) without the privilege.
    #[doc(alias = "nvmlDeviceGetGpuInstanceById")]
    pub fn gpu_instance_by_id(&self, id: GpuInstanceId) -> Result<GpuInstance, Error> {
        let library = self.driver().library();
        let mut raw = Handle::NULL.raw();
        let found =
            call!(library.nvmlDeviceGetGpuInstanceById(self.handle(), id.number(), &mut raw));
        found
            .and_then(|()| GpuInstance::adopt(self, Handle::new(raw)))
            .map_err(|failure| {
                let fill = |subject: &mut Subject| subject.gpu_instance = Some(id);
                self.error_about(failure, fill, |code| {
                    explain::gpu_instance_by_id(self, code)
                })
            })
    }
}
