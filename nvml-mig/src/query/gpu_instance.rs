//! The handle of a GPU instance.

use nvml_mig_sys::{self as sys, Handle, nvmlGpuInstance_st};

use super::{Device, plausible};
use crate::driver::call::{Failure, call};
use crate::driver::roomy::Roomy;
use crate::error::ReturnCode;
use crate::id::{GpuInstanceId, GpuInstanceProfileId};
use crate::placement::GpuInstancePlacement;
use crate::profile::GpuInstanceProfileInfo;

/// A GPU instance: memory slices, compute slices and engines of a GPU, isolated from the rest.
///
/// [`Device::create_gpu_instance`] creates it. It is state of the driver: dropping this handle does not destroy it. It lasts
/// until it is [destroyed](Self::destroy_with_compute_instances), or the GPU is reset, the driver reloaded or the machine
/// rebooted. Another process may destroy it at any time; calls then fail
/// with [`ReturnCode::InvalidArgument`](crate::ReturnCode::InvalidArgument) or `NotFound`.
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

/// # Identity
impl GpuInstance {
    /// The failure if NVML's handle is for another instance now.
    pub(crate) const REUSED: Failure = Failure {
        function: "nvmlGpuInstanceGetInfo",
        code: ReturnCode::NotFound,
    };

    /// Reads the instance behind a handle returned by NVML.
    pub(crate) fn from_handle(
        device: &Device,
        handle: Handle<nvmlGpuInstance_st>,
    ) -> Result<Self, Failure> {
        let library = device.driver().library();
        let mut info = Roomy::<sys::nvmlGpuInstanceInfo_t>::default();
        call!(library.nvmlGpuInstanceGetInfo(handle, info.place()))?;
        let info = info.value;
        let function = "nvmlGpuInstanceGetInfo";
        let place = info.placement;
        plausible::id(function, info.id)?;
        plausible::placement(function, (place.start, place.size), false)?;
        Ok(Self {
            device: device.clone(),
            handle,
            id: GpuInstanceId::new(info.id),
            profile_id: GpuInstanceProfileId::new(info.profileId),
            placement: GpuInstancePlacement::from_raw(info.placement),
        })
    }

    /// Fails if NVML was asked for another id.
    pub(crate) fn of_id(self, id: GpuInstanceId) -> Result<Self, Failure> {
        if self.id == id {
            Ok(self)
        } else {
            Err(Failure::implausible("nvmlDeviceGetGpuInstanceById"))
        }
    }

    /// Whether both can't exist at once: they are others, but have the same id or share memory slices.
    pub(crate) fn excludes(&self, other: &Self) -> bool {
        if self.id == other.id {
            (self.profile_id, self.placement) != (other.profile_id, other.placement)
        } else {
            self.placement.overlaps(other.placement)
        }
    }

    /// Fails if the instance is gone. NVML may have reused its handle for another one; that it was created again with the
    /// same id, profile and placement shows only if NVML gave it another handle.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        self.is_same()?.then_some(()).ok_or(Self::REUSED)
    }

    /// Whether NVML's handle still is for this instance. Fails if it is for none.
    pub(crate) fn is_same(&self) -> Result<bool, Failure> {
        let now = Self::from_handle(&self.device, self.handle)?;
        Ok(now.id == self.id
            && now.profile_id == self.profile_id
            && now.placement == self.placement)
    }

    #[inline]
    pub(crate) const fn handle(&self) -> Handle<nvmlGpuInstance_st> {
        self.handle
    }

    /// Returns the GPU of this GPU instance.
    #[must_use]
    #[inline]
    pub const fn device(&self) -> &Device {
        &self.device
    }

    /// Returns its id on the GPU.
    #[must_use]
    #[doc(alias = "nvmlGpuInstanceGetInfo")]
    #[inline]
    pub const fn id(&self) -> GpuInstanceId {
        self.id
    }

    /// Returns the id of its profile; [`Device::gpu_instance_profile_by_id`] describes the profile.
    #[must_use]
    #[doc(alias = "nvmlGpuInstanceGetInfo")]
    #[inline]
    pub const fn profile_id(&self) -> GpuInstanceProfileId {
        self.profile_id
    }

    /// Returns its memory slices.
    #[must_use]
    #[doc(alias = "nvmlGpuInstanceGetInfo")]
    #[inline]
    pub const fn placement(&self) -> GpuInstancePlacement {
        self.placement
    }

    /// Returns its profile; `None` if the driver does not list the profile.
    pub(crate) fn own_profile_or_failure(&self) -> Result<Option<GpuInstanceProfileInfo>, Failure> {
        let profiles = self.device.last_gpu_instance_profiles()?;
        let mut profiles = profiles.iter();
        Ok(profiles
            .find(|profile| profile.id == self.profile_id)
            .cloned())
    }

    /// Returns a second handle to the same instance. It must not reach users, who could destroy one and keep using the
    /// other.
    pub(crate) fn another_handle(&self) -> Self {
        Self {
            device: self.device.clone(),
            ..*self
        }
    }
}
