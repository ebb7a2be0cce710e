//! The example of the README.

use std::io::{Write, stdout};

use nvml_mig::Nvml;
use nvml_mig::profile::{ComputeInstanceProfile, GpuInstanceProfile};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = Nvml::init()?.device_by_index(0)?;
    let profile = device.gpu_instance_profile(GpuInstanceProfile::Slice1)?;
    let gpu_instance = device.create_gpu_instance(profile.id)?;
    // Destroyed if a later step fails.
    let gpu_instance = gpu_instance.scoped(|error| eprintln!("{error}"));
    let profile = gpu_instance.compute_instance_profile(ComputeInstanceProfile::Slice1)?;
    let compute_instance = gpu_instance.create_compute_instance(profile.id)?;
    let uuid = compute_instance.mig_device()?.uuid()?;
    writeln!(stdout(), "CUDA_VISIBLE_DEVICES={uuid}")?;
    let _ = gpu_instance.keep();
    Ok(())
}
