//! The way out to NVML's own handles of instances, and in.

use nvml_mig_sys::{self as sys, Handle};

use crate::error::Error;
use crate::query::{ComputeInstance, Device, GpuInstance};

/// # NVML's handle
impl GpuInstance {
    /// The GPU instance behind a handle that another NVML client of this process got from the same library. NVML is asked
    /// what it is.
    ///
    /// # Safety
    ///
    /// The handle must be of a GPU instance of `device`, and of the library that this has open.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::InvalidArgument`](crate::ReturnCode::InvalidArgument) if the instance is gone.
    #[doc(alias = "nvmlGpuInstanceGetInfo")]
    pub unsafe fn from_raw(device: &Device, raw: sys::nvmlGpuInstance_t) -> Result<Self, Error> {
        let found = Self::from_handle(device, Handle::new(raw));
        found.map_err(|failure| device.error(failure))
    }

    /// NVML's handle, which it may give to another instance once this one is destroyed.
    #[must_use]
    #[doc(alias = "nvmlGpuInstance_t")]
    pub const fn as_raw(&self) -> sys::nvmlGpuInstance_t {
        self.handle().raw()
    }
}

/// # NVML's handle
impl ComputeInstance {
    /// The compute instance behind a handle that another NVML client of this process got from the same library. NVML is
    /// asked what it is.
    ///
    /// # Safety
    ///
    /// The handle must be of a compute instance in `gpu_instance`, and of the library that this has open.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::InvalidArgument`](crate::ReturnCode::InvalidArgument) if the instance is gone.
    #[doc(alias = "nvmlComputeInstanceGetInfo_v2")]
    pub unsafe fn from_raw(
        gpu_instance: &GpuInstance,
        raw: sys::nvmlComputeInstance_t,
    ) -> Result<Self, Error> {
        let found = Self::from_handle(gpu_instance, Handle::new(raw));
        found.map_err(|failure| gpu_instance.device().error(failure))
    }

    /// NVML's handle, which it may give to another instance once this one is destroyed.
    #[must_use]
    #[doc(alias = "nvmlComputeInstance_t")]
    pub const fn as_raw(&self) -> sys::nvmlComputeInstance_t {
        self.handle().raw()
    }
}
