//! A compute instance.

use nvml_mig_sys::{Handle, nvmlComputeInstance_st, nvmlComputeInstanceInfo_t};

use crate::call::{Failure, Reason, call};
use crate::device::Device;
use crate::error::{DestroyError, Error, Subject};
use crate::explain;
use crate::gpu_instance::GpuInstance;
use crate::id::{ComputeInstanceId, ComputeInstanceProfileId, GpuInstanceId};
use crate::mig_device::MigDevice;
use crate::placement::ComputeInstancePlacement;

/// A compute instance: compute slices of a GPU instance. Each is one MIG device, on which programs run.
///
/// It is state of the driver: dropping this handle leaves it where it is, and [`destroy`](Self::destroy) is the
/// only way to remove it.
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

impl ComputeInstance {
    /// The instance behind a handle that a query gave.
    pub(crate) fn adopt(
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

    /// The instance behind a handle that a creation gave. If NVML can't even say what it made, it is taken away
    /// again: nobody would know of it.
    pub(crate) fn adopt_new(
        gpu_instance: &GpuInstance,
        handle: Handle<nvmlComputeInstance_st>,
    ) -> Result<Self, Error> {
        Self::adopt(gpu_instance, handle).map_err(|failure| {
            let library = gpu_instance.device().driver().library();
            let undone = call!(library.nvmlComputeInstanceDestroy(handle));
            gpu_instance.error(failure, |_| {
                Some(explain::not_read_back("compute instance", undone))
            })
        })
    }

    /// The GPU that it is on.
    #[must_use]
    pub const fn device(&self) -> &Device {
        &self.device
    }

    /// Id of its GPU instance; [`Device::gpu_instance_by_id`] gives that.
    #[must_use]
    pub const fn gpu_instance_id(&self) -> GpuInstanceId {
        self.gpu_instance_id
    }

    /// Its id in the GPU instance.
    #[must_use]
    #[doc(alias = "nvmlComputeInstanceGetInfo_v2")]
    #[doc(alias = "nvmlComputeInstanceGetInfo")]
    pub const fn id(&self) -> ComputeInstanceId {
        self.id
    }

    /// Id of its profile; [`GpuInstance::compute_instance_profile_by_id`] says what that is.
    #[must_use]
    #[doc(alias = "nvmlComputeInstanceGetInfo_v2")]
    pub const fn profile_id(&self) -> ComputeInstanceProfileId {
        self.profile_id
    }

    /// The compute slices of the GPU instance that it takes.
    #[must_use]
    #[doc(alias = "nvmlComputeInstanceGetInfo_v2")]
    pub const fn placement(&self) -> ComputeInstancePlacement {
        self.placement
    }

    /// The MIG device that it is.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotFound`](crate::ReturnCode::NotFound) if NVML shows none, as when the instance was
    /// destroyed meanwhile.
    #[doc(alias = "nvmlDeviceGetMigDeviceHandleByIndex")]
    pub fn mig_device(&self) -> Result<MigDevice, Error> {
        self.device.mig_device_by_ids(self.gpu_instance_id, self.id)
    }

    /// Destroys it; its MIG device goes with it.
    ///
    /// # Errors
    ///
    /// With the handle given back: [`ReturnCode::InUse`](crate::ReturnCode::InUse) while processes run on it,
    /// [`NoPermission`](crate::ReturnCode::NoPermission) without the privilege.
    #[doc(alias = "nvmlComputeInstanceDestroy")]
    pub fn destroy(self) -> Result<(), DestroyError<Self>> {
        let library = self.device.driver().library();
        let destroyed = call!(library.nvmlComputeInstanceDestroy(self.handle));
        destroyed.map_err(|failure| {
            let fill = |subject: &mut Subject| {
                subject.gpu_instance = Some(self.gpu_instance_id);
                subject.compute_instance = Some(self.id);
            };
            let hint = |code| explain::destroy_compute_instance(&self, code);
            let error = self.device.error_about(failure, fill, hint);
            DestroyError {
                instance: self,
                error,
            }
        })
    }
}

/// Driver 450 has only the name without a suffix.
fn info(
    device: &Device,
    handle: Handle<nvmlComputeInstance_st>,
) -> Result<nvmlComputeInstanceInfo_t, Failure> {
    let library = device.driver().library();
    let mut info = nvmlComputeInstanceInfo_t::default();
    match call!(library.nvmlComputeInstanceGetInfo_v2(handle, &mut info)) {
        Err(Failure {
            reason: Reason::Missing,
            ..
        }) => {
            call!(library.nvmlComputeInstanceGetInfo(handle, &mut info))?;
        }
        answer => answer?,
    }
    Ok(info)
}
