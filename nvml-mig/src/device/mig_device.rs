//! Identity and size of a MIG device.

use nvml_mig_sys::{Handle, nvmlDevice_st};

use crate::driver::call::call;
use crate::error::Error;
use crate::id::{ComputeInstanceId, GpuInstanceId};
use crate::profile::ReportedName;
use crate::query::{Bar1Info, Device, MemoryInfo, MigDevice, MigDeviceAttributes};

/// # Identity and size
impl MigDevice {
    /// Returns the UUID, `MIG-...`. The driver derives it from the GPU and the ids of the two instances: instances that
    /// are recreated with the same ids have the same UUID.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the MIG device is gone.
    #[doc(alias = "nvmlDeviceGetUUID")]
    #[inline]
    pub fn uuid(&self) -> Result<String, Error> {
        self.as_device().uuid()
    }

    /// Returns the name: the GPU's name, `MIG` and the profile, such as `NVIDIA A30 MIG 2c.4g.24gb`.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the MIG device is gone.
    #[doc(alias = "nvmlDeviceGetName")]
    #[inline]
    pub fn name(&self) -> Result<String, Error> {
        self.as_device().name()
    }

    /// Returns the profile in the name, such as `2c.4g.24gb`. Some drivers leave out the attributes of the GPU instance's
    /// profile: `1g.10gb` for a MIG device in a `1g.10gb+me`.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the MIG device is gone.
    #[doc(alias = "nvmlDeviceGetName")]
    pub fn profile(&self) -> Result<ReportedName, Error> {
        Ok(ReportedName::of_mig_device(&self.name()?))
    }

    /// Returns the index among the MIG devices of its GPU. It changes as other MIG devices are created and destroyed.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the MIG device is gone.
    #[doc(alias = "nvmlDeviceGetIndex")]
    #[inline]
    pub fn index(&self) -> Result<u32, Error> {
        self.as_device().index()
    }

    /// Returns the id of its GPU instance.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the MIG device is gone.
    #[doc(alias = "nvmlDeviceGetGpuInstanceId")]
    #[inline]
    pub fn gpu_instance_id(&self) -> Result<GpuInstanceId, Error> {
        self.gpu_instance_id_or_failure()
            .map_err(|failure| self.as_device().error(failure))
    }

    /// Returns the id of the underlying compute instance.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the MIG device is gone.
    #[doc(alias = "nvmlDeviceGetComputeInstanceId")]
    #[inline]
    pub fn compute_instance_id(&self) -> Result<ComputeInstanceId, Error> {
        self.compute_instance_id_or_failure()
            .map_err(|failure| self.as_device().error(failure))
    }

    /// Returns the GPU of this MIG device.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the MIG device is gone.
    #[doc(alias = "nvmlDeviceGetDeviceHandleFromMigDeviceHandle")]
    #[inline]
    pub fn parent(&self) -> Result<Device, Error> {
        let library = self.as_device().driver().library();
        let mut raw = Handle::<nvmlDevice_st>::NULL.raw();
        call!(
            library
                .nvmlDeviceGetDeviceHandleFromMigDeviceHandle(self.as_device().handle(), &mut raw)
        )
        .map_err(|failure| self.as_device().error(failure))?;
        Ok(self.as_device().sibling(Handle::new(raw)))
    }

    /// Returns the memory of its GPU instance, in bytes. A few MiB are used even when it is idle.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the MIG device is gone.
    #[doc(alias = "nvmlDeviceGetMemoryInfo_v2")]
    #[doc(alias = "nvmlDeviceGetMemoryInfo")]
    #[inline]
    pub fn memory_info(&self) -> Result<MemoryInfo, Error> {
        self.as_device().memory_info()
    }

    /// Returns the size and use of its GPU instance's BAR1 window, in bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the MIG device is gone.
    #[doc(alias = "nvmlDeviceGetBAR1MemoryInfo")]
    #[inline]
    pub fn bar1_info(&self) -> Result<Bar1Info, Error> {
        self.as_device().bar1_info()
    }

    /// Returns its resources: the SMs of its compute instance, and the memory and engines of its GPU instance.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// # let profile = device.gpu_instance_profile_by_name("4g.24gb")?.id;
    /// # let gpu_instance = device.create_gpu_instance(profile)?;
    /// # let profile = gpu_instance.compute_instance_profile_by_name("2c.4g.24gb")?.id;
    /// # let compute_instance = gpu_instance.create_compute_instance(profile)?;
    /// let attributes = compute_instance.mig_device()?.attributes()?;
    /// println!("{} SMs, {} MiB", attributes.multiprocessor_count, attributes.memory_mib);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the MIG device is gone.
    #[doc(alias = "nvmlDeviceGetAttributes_v2")]
    #[doc(alias = "nvmlDeviceGetAttributes")]
    pub fn attributes(&self) -> Result<MigDeviceAttributes, Error> {
        self.attributes_or_failure()
            .map_err(|failure| self.as_device().error(failure))
    }
}
