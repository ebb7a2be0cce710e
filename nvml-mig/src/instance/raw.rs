//! Conversions to and from NVML's own handles of instances.

use nvml_mig_sys::{self as sys, Handle};

use crate::error::Error;
use crate::query::{ComputeInstance, Device, GpuInstance};

/// # NVML's handle
impl GpuInstance {
    /// Wraps a GPU instance handle that another NVML client in this process obtained from the same library, after asking
    /// NVML for its description.
    ///
    /// # Safety
    ///
    /// The handle must belong to a GPU instance of `device`, and come from the library of `device`.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::InvalidArgument`](crate::ReturnCode::InvalidArgument) if the instance is gone.
    #[doc(alias = "nvmlGpuInstanceGetInfo")]
    pub unsafe fn from_raw(device: &Device, raw: sys::nvmlGpuInstance_t) -> Result<Self, Error> {
        let found = Self::from_handle(device, Handle::new(raw));
        found.map_err(|failure| device.error(failure))
    }

    /// Returns NVML's handle. NVML may reuse it for another instance after this one is destroyed.
    #[must_use]
    #[doc(alias = "nvmlGpuInstance_t")]
    pub const fn as_raw(&self) -> sys::nvmlGpuInstance_t {
        self.handle().raw()
    }
}

/// # NVML's handle
impl ComputeInstance {
    /// Wraps a compute instance handle that another NVML client in this process obtained from the same library, after asking
    /// NVML for its description.
    ///
    /// # Safety
    ///
    /// The handle must belong to a compute instance in `gpu_instance`, and come from the library of `gpu_instance`.
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

    /// Returns NVML's handle. NVML may reuse it for another instance after this one is destroyed.
    #[must_use]
    #[doc(alias = "nvmlComputeInstance_t")]
    pub const fn as_raw(&self) -> sys::nvmlComputeInstance_t {
        self.handle().raw()
    }
}
