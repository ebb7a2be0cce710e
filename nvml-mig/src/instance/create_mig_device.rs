//! Creates a MIG device with both of its instances.

use crate::error::{CallError, Error};
use crate::id::GpuInstanceProfileId;
use crate::query::{Device, GpuInstance, MigDevice};

/// # MIG devices
impl Device {
    /// Creates a GPU instance at a placement that the driver chooses, and a compute instance that takes all of it; returns
    /// its MIG device. If a step fails, what was created is destroyed again. Both instances outlive this process.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// let device = nvml.device_by_index(0)?;
    /// let profile = device.gpu_instance_profile_by_name("2g.12gb")?;
    /// let mig_device = device.create_mig_device(profile.id)?;
    /// println!("CUDA_VISIBLE_DEVICES={}", mig_device.uuid()?);
    /// // When it is no longer needed:
    /// mig_device.gpu_instance()?.destroy_with_compute_instances()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`create_gpu_instance`](Self::create_gpu_instance) and
    /// [`GpuInstance::create_compute_instance`]. If what was created can't be destroyed either, the error says so.
    #[doc(alias = "nvmlDeviceCreateGpuInstance")]
    #[doc(alias = "nvmlGpuInstanceCreateComputeInstance")]
    pub fn create_mig_device(&self, profile: GpuInstanceProfileId) -> Result<MigDevice, Error> {
        let gpu_instance = self.create_gpu_instance(profile)?;
        fill(&gpu_instance).map_err(|error| {
            match gpu_instance.verified(|| gpu_instance.destroy_alone()) {
                Ok(()) => error,
                Err(refused) => left_over(error, &gpu_instance, &refused),
            }
        })
    }
}

/// If this fails, the GPU instance has no compute instance, unless that can't be destroyed.
fn fill(gpu_instance: &GpuInstance) -> Result<MigDevice, Error> {
    let profile = gpu_instance.default_compute_instance_profile()?;
    let compute_instance = gpu_instance.create_compute_instance(profile.id)?;
    compute_instance.mig_device().inspect_err(|_| {
        // If it stays, the GPU instance can't be destroyed, and the error says so.
        let _ = compute_instance.destroy_unverified();
    })
}

/// Adds to the error that a GPU instance remains.
fn left_over(error: Error, remaining: &GpuInstance, refused: &Error) -> Error {
    let note = format!(
        "GPU instance {} was created for it and could not be destroyed again: {refused}",
        remaining.id()
    );
    match error {
        Error::Call(call) => Error::Call(Box::new(CallError {
            hint: Some(match &call.hint {
                Some(hint) => format!("{hint}; {note}"),
                None => note,
            }),
            ..*call
        })),
        other => other,
    }
}
