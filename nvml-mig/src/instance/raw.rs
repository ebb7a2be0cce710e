//! Conversions to and from NVML's own handles of instances.

use nvml_mig_sys::{self as sys, Handle};

use crate::error::Error;
use crate::query::{ComputeInstance, Device, GpuInstance};

/// # NVML's handle
impl GpuInstance {
    /// Wraps a GPU instance handle that another NVML client in this process obtained from the same library, after asking
    /// NVML for its description.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// # let profile = device.gpu_instance_profile_by_name("4g.24gb")?.id;
    /// # let gpu_instance = device.create_gpu_instance(profile)?;
    /// use nvml_mig::GpuInstance;
    ///
    /// let raw = gpu_instance.as_raw(); // or from another client
    /// // SAFETY: the handle belongs to a GPU instance of `device` and comes from its library.
    /// let same = unsafe { GpuInstance::from_raw(&device, raw)? };
    /// assert_eq!(same.id(), gpu_instance.id());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// # let profile = device.gpu_instance_profile_by_name("4g.24gb")?.id;
    /// # let gpu_instance = device.create_gpu_instance(profile)?;
    /// # let profile = gpu_instance.compute_instance_profile_by_name("4g.24gb")?.id;
    /// # let compute_instance = gpu_instance.create_compute_instance(profile)?;
    /// use nvml_mig::ComputeInstance;
    ///
    /// let raw = compute_instance.as_raw(); // or from another client
    /// // SAFETY: the handle belongs to a compute instance in `gpu_instance` and comes from its library.
    /// let same = unsafe { ComputeInstance::from_raw(&gpu_instance, raw)? };
    /// assert_eq!(same.id(), compute_instance.id());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
