//! Processes on a GPU or MIG device.

use crate::error::Error;
use crate::query::{Device, MigDevice, ProcessInfo};

/// # Processes
impl Device {
    /// Returns the processes on this GPU, including those on its MIG devices: NVML's lists of compute, MPS and graphics
    /// processes. Older drivers without the MPS or graphics list report no such processes.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// for process in device.processes()? {
    ///     println!("{} ({}) on {:?}", process.pid, process.kind, process.gpu_instance_id);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the NVML call fails.
    #[doc(alias = "nvmlDeviceGetComputeRunningProcesses_v3")]
    #[doc(alias = "nvmlDeviceGetComputeRunningProcesses_v2")]
    #[doc(alias = "nvmlDeviceGetComputeRunningProcesses")]
    #[doc(alias = "nvmlDeviceGetMPSComputeRunningProcesses_v3")]
    #[doc(alias = "nvmlDeviceGetMPSComputeRunningProcesses_v2")]
    #[doc(alias = "nvmlDeviceGetMPSComputeRunningProcesses")]
    #[doc(alias = "nvmlDeviceGetGraphicsRunningProcesses_v3")]
    #[doc(alias = "nvmlDeviceGetGraphicsRunningProcesses_v2")]
    #[doc(alias = "nvmlDeviceGetGraphicsRunningProcesses")]
    #[doc(alias = "nvmlSystemGetProcessName")]
    pub fn processes(&self) -> Result<Vec<ProcessInfo>, Error> {
        self.processes_or_failure()
            .map_err(|failure| self.error(failure))
    }
}

/// # Processes
impl MigDevice {
    /// Returns the processes on this MIG device.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the MIG device is gone.
    #[doc(alias = "nvmlDeviceGetComputeRunningProcesses_v3")]
    pub fn processes(&self) -> Result<Vec<ProcessInfo>, Error> {
        self.as_device().processes()
    }
}
