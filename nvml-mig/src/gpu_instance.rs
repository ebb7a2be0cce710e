//! A GPU instance.

use nvml_mig_sys::{self as sys, Handle, nvmlGpuInstance_st};

use crate::call::{Failure, call};
use crate::device::Device;
use crate::error::{DestroyError, Error, Hint, Subject};
use crate::explain;
use crate::id::{GpuInstanceId, GpuInstanceProfileId};
use crate::placement::GpuInstancePlacement;
use crate::profile_info::GpuInstanceProfileInfo;
use crate::return_code::ReturnCode;

/// A GPU instance: memory slices, compute slices and engines of a GPU, isolated from the rest.
///
/// It is state of the driver: dropping this handle leaves it where it is, and [`destroy`](Self::destroy) is the
/// only way to remove it. Another process may destroy it at any time; calls give
/// [`ReturnCode::InvalidArgument`](crate::ReturnCode::InvalidArgument) or `NOT_FOUND` then.
#[derive(Debug)]
#[must_use = "a GPU instance stays in the driver when its handle is dropped; destroy it or keep its id"]
#[doc(alias = "nvmlGpuInstance_t")]
pub struct GpuInstance {
    device: Device,
    handle: Handle<nvmlGpuInstance_st>,
    id: GpuInstanceId,
    profile_id: GpuInstanceProfileId,
    placement: GpuInstancePlacement,
}

impl GpuInstance {
    /// The instance behind a handle that a query gave.
    pub(crate) fn adopt(
        device: &Device,
        handle: Handle<nvmlGpuInstance_st>,
    ) -> Result<Self, Failure> {
        let library = device.driver().library();
        let mut info = sys::nvmlGpuInstanceInfo_t::default();
        call!(library.nvmlGpuInstanceGetInfo(handle, &mut info))?;
        Ok(Self {
            device: device.clone(),
            handle,
            id: GpuInstanceId::new(info.id),
            profile_id: GpuInstanceProfileId::new(info.profileId),
            placement: GpuInstancePlacement::from_raw(info.placement),
        })
    }

    /// The instance behind a handle that a creation gave. If NVML can't even say what it made, it is taken away
    /// again: nobody would know of it.
    pub(crate) fn adopt_new(
        device: &Device,
        handle: Handle<nvmlGpuInstance_st>,
    ) -> Result<Self, Error> {
        Self::adopt(device, handle).map_err(|failure| {
            let library = device.driver().library();
            let undone = call!(library.nvmlGpuInstanceDestroy(handle));
            device.error_about(
                failure,
                |_| {},
                |_| Some(explain::not_read_back("GPU instance", undone)),
            )
        })
    }

    pub(crate) const fn handle(&self) -> Handle<nvmlGpuInstance_st> {
        self.handle
    }

    /// The GPU that it is on.
    #[must_use]
    pub const fn device(&self) -> &Device {
        &self.device
    }

    /// Its id on the GPU.
    #[must_use]
    #[doc(alias = "nvmlGpuInstanceGetInfo")]
    pub const fn id(&self) -> GpuInstanceId {
        self.id
    }

    /// Id of its profile; [`Device::gpu_instance_profile_by_id`] says what that is.
    #[must_use]
    #[doc(alias = "nvmlGpuInstanceGetInfo")]
    pub const fn profile_id(&self) -> GpuInstanceProfileId {
        self.profile_id
    }

    /// The memory slices that it takes.
    #[must_use]
    #[doc(alias = "nvmlGpuInstanceGetInfo")]
    pub const fn placement(&self) -> GpuInstancePlacement {
        self.placement
    }

    /// What its profile is.
    ///
    /// # Errors
    ///
    /// As [`Device::gpu_instance_profile_by_id`].
    pub fn profile(&self) -> Result<GpuInstanceProfileInfo, Error> {
        self.device.gpu_instance_profile_by_id(self.profile_id)
    }

    /// What its profile is; `None` if the driver does not list the profile.
    pub(crate) fn own_profile_or_failure(&self) -> Result<Option<GpuInstanceProfileInfo>, Failure> {
        let profiles = self.device.gpu_instance_profiles_or_failure()?;
        Ok(profiles
            .into_iter()
            .find(|profile| profile.id == self.profile_id))
    }

    /// Destroys it. Its compute instances must be destroyed first.
    ///
    /// # Errors
    ///
    /// With the handle given back: [`ReturnCode::InUse`] while compute instances or
    /// processes are on it, [`ReturnCode::NoPermission`] without the privilege.
    #[doc(alias = "nvmlGpuInstanceDestroy")]
    pub fn destroy(self) -> Result<(), DestroyError<Self>> {
        let destroyed = self.destroy_alone();
        destroyed.map_err(|error| DestroyError {
            instance: self,
            error,
        })
    }

    fn destroy_alone(&self) -> Result<(), Error> {
        let library = self.device.driver().library();
        call!(library.nvmlGpuInstanceDestroy(self.handle)).map_err(|failure| {
            self.error(failure, |code| explain::destroy_gpu_instance(self, code))
        })
    }

    /// Destroys its compute instances, and then it. The first refusal ends it: those compute instances that were
    /// destroyed before stay destroyed.
    ///
    /// # Errors
    ///
    /// With the handle given back: [`ReturnCode::InUse`] while processes run on it, [`ReturnCode::NoPermission`]
    /// without the privilege.
    #[doc(alias = "nvmlComputeInstanceDestroy")]
    #[doc(alias = "nvmlGpuInstanceDestroy")]
    pub fn destroy_with_compute_instances(self) -> Result<(), DestroyError<Self>> {
        let destroyed = self.destroy_all();
        destroyed.map_err(|error| DestroyError {
            instance: self,
            error,
        })
    }

    pub(crate) fn destroy_all(&self) -> Result<(), Error> {
        for compute_instance in self.compute_instances()? {
            compute_instance.destroy()?;
        }
        self.destroy_alone()
    }

    /// Another handle to the same instance. Not for users: one of two could be destroyed and the other used.
    pub(crate) fn same(&self) -> Self {
        Self {
            device: self.device.clone(),
            ..*self
        }
    }

    /// The error of a call about this GPU instance.
    pub(crate) fn error(
        &self,
        failure: Failure,
        hint: impl FnOnce(ReturnCode) -> Option<Hint>,
    ) -> Error {
        self.error_about(failure, |_| {}, hint)
    }

    /// The error of a call about something in this GPU instance.
    pub(crate) fn error_about(
        &self,
        failure: Failure,
        fill: impl FnOnce(&mut Subject),
        hint: impl FnOnce(ReturnCode) -> Option<Hint>,
    ) -> Error {
        let fill = |subject: &mut Subject| {
            subject.gpu_instance = Some(self.id);
            fill(subject);
        };
        self.device.error_about(failure, fill, hint)
    }
}
