//! The handle of a compute instance.

use nvml_mig_sys::{Handle, nvmlComputeInstance_st, nvmlComputeInstanceInfo_t};

use super::{Device, GpuInstance, plausible};
use crate::driver::call::{Failure, call, or_older};
use crate::driver::roomy::Roomy;
use crate::error::ReturnCode;
use crate::id::{ComputeInstanceId, ComputeInstanceProfileId, GpuInstanceId};
use crate::placement::ComputeInstancePlacement;

/// A compute instance: compute slices of a GPU instance. Each is one MIG device, on which programs run.
///
/// [`GpuInstance::create_compute_instance`] creates it. It is state of the driver: dropping this handle does not destroy it,
/// [`destroy`](Self::destroy) does.
#[derive(Debug)]
#[must_use = "a compute instance stays in the driver when its handle is dropped; destroy it or keep its id"]
#[doc(alias = "nvmlComputeInstance_t")]
pub struct ComputeInstance {
    device: Device,
    handle: Handle<nvmlComputeInstance_st>,
    gpu_instance_id: GpuInstanceId,
    id: ComputeInstanceId,
    profile_id: ComputeInstanceProfileId,
    placement: ComputeInstancePlacement,
}

/// # Identity
impl ComputeInstance {
    /// The failure if NVML's handle is for another instance now.
    pub(crate) const REUSED: Failure = Failure {
        function: "nvmlComputeInstanceGetInfo_v2",
        code: ReturnCode::NotFound,
    };

    /// Reads the instance behind a handle returned by NVML.
    pub(crate) fn from_handle(
        gpu_instance: &GpuInstance,
        handle: Handle<nvmlComputeInstance_st>,
    ) -> Result<Self, Failure> {
        let info = info(gpu_instance.device(), handle)?;
        Ok(Self {
            device: gpu_instance.device().clone(),
            handle,
            gpu_instance_id: gpu_instance.id(),
            id: ComputeInstanceId::new(info.id),
            profile_id: ComputeInstanceProfileId::new(info.profileId),
            placement: ComputeInstancePlacement::from_raw(info.placement),
        })
    }

    /// Fails if NVML was asked for another id.
    pub(crate) fn of_id(self, id: ComputeInstanceId) -> Result<Self, Failure> {
        if self.id == id {
            Ok(self)
        } else {
            let function = "nvmlGpuInstanceGetComputeInstanceById";
            Err(Failure::implausible(function))
        }
    }

    /// Whether both can't exist at once: they are others, but have the same id. Old drivers do not tell placements.
    pub(crate) fn excludes(&self, other: &Self) -> bool {
        self.id == other.id
            && (self.profile_id, self.placement) != (other.profile_id, other.placement)
    }

    /// Whether NVML's handle still is for this instance. Fails if it is for none.
    pub(crate) fn is_same(&self) -> Result<bool, Failure> {
        let now = info(&self.device, self.handle)?;
        Ok(ComputeInstanceId::new(now.id) == self.id
            && ComputeInstanceProfileId::new(now.profileId) == self.profile_id
            && ComputeInstancePlacement::from_raw(now.placement) == self.placement)
    }

    /// Creates the instance for a handle whose ids and placement are known.
    pub(crate) fn known(
        gpu_instance: &GpuInstance,
        handle: Handle<nvmlComputeInstance_st>,
        (id, profile_id, placement): (
            ComputeInstanceId,
            ComputeInstanceProfileId,
            ComputeInstancePlacement,
        ),
    ) -> Self {
        Self {
            device: gpu_instance.device().clone(),
            handle,
            gpu_instance_id: gpu_instance.id(),
            id,
            profile_id,
            placement,
        }
    }

    #[inline]
    pub(crate) const fn handle(&self) -> Handle<nvmlComputeInstance_st> {
        self.handle
    }

    /// Returns the GPU of this compute instance.
    #[must_use]
    #[inline]
    pub const fn device(&self) -> &Device {
        &self.device
    }

    /// Returns the id of its GPU instance; [`Device::gpu_instance_by_id`] returns that.
    #[must_use]
    #[inline]
    pub const fn gpu_instance_id(&self) -> GpuInstanceId {
        self.gpu_instance_id
    }

    /// Returns its id in the GPU instance.
    #[must_use]
    #[doc(alias = "nvmlComputeInstanceGetInfo_v2")]
    #[doc(alias = "nvmlComputeInstanceGetInfo")]
    #[inline]
    pub const fn id(&self) -> ComputeInstanceId {
        self.id
    }

    /// Returns the id of its profile; [`GpuInstance::compute_instance_profile_by_id`] describes the profile.
    #[must_use]
    #[doc(alias = "nvmlComputeInstanceGetInfo_v2")]
    #[inline]
    pub const fn profile_id(&self) -> ComputeInstanceProfileId {
        self.profile_id
    }

    /// Returns its compute slices in the GPU instance.
    #[must_use]
    #[doc(alias = "nvmlComputeInstanceGetInfo_v2")]
    #[inline]
    pub const fn placement(&self) -> ComputeInstancePlacement {
        self.placement
    }
}

/// Driver 450 has only the name without a suffix.
fn info(
    device: &Device,
    handle: Handle<nvmlComputeInstance_st>,
) -> Result<nvmlComputeInstanceInfo_t, Failure> {
    let library = device.driver().library();
    let mut info = Roomy::<nvmlComputeInstanceInfo_t>::default();
    let newest = call!(library.nvmlComputeInstanceGetInfo_v2(handle, info.place()));
    or_older(newest, || {
        call!(library.nvmlComputeInstanceGetInfo(handle, info.place()))
    })?;
    let info = info.value;
    let function = "nvmlComputeInstanceGetInfo_v2";
    let place = info.placement;
    plausible::id(function, info.id)?;
    // Drivers without placements of compute instances may leave them out.
    plausible::placement(function, (place.start, place.size), true)?;
    Ok(info)
}
