//! Compute processes on a GPU or MIG device.

use crate::error::Error;
use crate::query::{ComputeProcess, Device, MigDevice};

/// # Processes
impl Device {
    /// Returns the compute processes on this GPU, including those on its MIG devices.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// for process in device.compute_processes()? {
    ///     println!("{} on GPU instance {:?}", process.pid, process.gpu_instance_id);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if NVML refuses.
    #[doc(alias = "nvmlDeviceGetComputeRunningProcesses_v3")]
    #[doc(alias = "nvmlDeviceGetComputeRunningProcesses_v2")]
    #[doc(alias = "nvmlSystemGetProcessName")]
    pub fn compute_processes(&self) -> Result<Vec<ComputeProcess>, Error> {
        self.compute_processes_or_failure()
            .map_err(|failure| self.error(failure))
    }
}

/// # Processes
impl MigDevice {
    /// Returns the compute processes on this MIG device.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the MIG device is gone.
    #[doc(alias = "nvmlDeviceGetComputeRunningProcesses_v3")]
    pub fn compute_processes(&self) -> Result<Vec<ComputeProcess>, Error> {
        self.as_device().compute_processes()
    }
}
