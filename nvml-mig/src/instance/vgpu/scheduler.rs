//! The schedulers that share a GPU instance between vGPUs.

use crate::error::Error;
use crate::explain::VgpuCall;
use crate::query::{
    GpuInstance, VgpuSchedulerEngine, VgpuSchedulerLog, VgpuSchedulerSettings, VgpuSchedulerState,
};

/// # vGPU schedulers
impl GpuInstance {
    /// Returns the state of the vGPU scheduler of an engine.
    ///
    /// # Examples
    ///
    /// ```
    /// # use nvml_mig_sim::{GpuSpec, Simulator, Virtualization};
    /// # let gpu = GpuSpec::new("rtx-pro-6000-bse").virtualization(Virtualization::VgpuHost);
    /// # let simulator = Simulator::builder().driver_version("595.45.04").gpu(gpu).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// # let profile = device.gpu_instance_profile_by_name("1g.24gb+gfx")?.id;
    /// # let gpu_instance = device.create_gpu_instance(profile)?;
    /// use nvml_mig::instance::vgpu::{VgpuSchedulerEngine, VgpuSchedulerPolicy, VgpuSchedulerSettings};
    ///
    /// let engine = VgpuSchedulerEngine::Graphics;
    /// let settings = VgpuSchedulerSettings::new(VgpuSchedulerPolicy::EqualShare).with_engine(engine);
    /// gpu_instance.set_vgpu_scheduler_state(&settings)?;
    /// let state = gpu_instance.vgpu_scheduler_state(engine)?;
    /// assert_eq!(state.policy, VgpuSchedulerPolicy::EqualShare);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotSupported`](crate::ReturnCode::NotSupported) if this is no vGPU host, its chip is older than GB20x, or
    /// the GPU instance lacks the engine; [`ReturnCode::InvalidArgument`](crate::ReturnCode::InvalidArgument) for an engine
    /// that the driver does not know, or if the instance is gone.
    #[doc(alias = "nvmlGpuInstanceGetVgpuSchedulerState")]
    #[doc(alias = "nvmlGpuInstanceGetVgpuSchedulerState_v2")]
    pub fn vgpu_scheduler_state(
        &self,
        engine: VgpuSchedulerEngine,
    ) -> Result<VgpuSchedulerState, Error> {
        let found = self.vgpu_scheduler_state_or_failure(engine);
        found.map_err(|failure| self.vgpu_error(failure, VgpuCall::Shared))
    }

    /// Returns the newest entries of the log of an engine's vGPU scheduler.
    ///
    /// # Errors
    ///
    /// As [`vgpu_scheduler_state`](Self::vgpu_scheduler_state).
    #[doc(alias = "nvmlGpuInstanceGetVgpuSchedulerLog")]
    #[doc(alias = "nvmlGpuInstanceGetVgpuSchedulerLog_v2")]
    pub fn vgpu_scheduler_log(
        &self,
        engine: VgpuSchedulerEngine,
    ) -> Result<VgpuSchedulerLog, Error> {
        let found = self.vgpu_scheduler_log_or_failure(engine);
        found.map_err(|failure| self.vgpu_error(failure, VgpuCall::Shared))
    }

    /// Sets the vGPU scheduler of an engine, until the GPU instance is destroyed or the driver unloaded. Needs root, and that
    /// no vGPU runs on the GPU instance.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotSupported`](crate::ReturnCode::NotSupported) also while vGPUs run on it, then with
    /// [`Cause::InUse`](crate::error::Cause::InUse), and for a fixed share in heterogeneous mode;
    /// [`ReturnCode::NoPermission`](crate::ReturnCode::NoPermission) without the privilege,
    /// [`ReturnCode::InvalidArgument`](crate::ReturnCode::InvalidArgument) for numbers that the driver does not know, otherwise
    /// as [`vgpu_scheduler_state`](Self::vgpu_scheduler_state). [`ReturnCode::NotFound`](crate::ReturnCode::NotFound) if
    /// another instance has taken the place of this one, which is left as it is.
    #[doc(alias = "nvmlGpuInstanceSetVgpuSchedulerState")]
    #[doc(alias = "nvmlGpuInstanceSetVgpuSchedulerState_v2")]
    pub fn set_vgpu_scheduler_state(&self, settings: &VgpuSchedulerSettings) -> Result<(), Error> {
        let set = self
            .check()
            .and_then(|()| self.set_vgpu_scheduler_or_failure(settings));
        set.map_err(|failure| self.vgpu_error(failure, VgpuCall::Change))
    }
}
