//! Programs as other authors would write them with this crate, each followed by tests on simulated machines.

mod allocator;
mod beside_nvml_wrapper;
mod device_plugin;
#[cfg(feature = "monitor")]
mod exporter;
#[cfg(feature = "apply")]
mod test_suite;

use nvml_mig::{Device, MigDevice};

fn create(gpu: &Device, profile: &str) -> MigDevice {
    let profile = gpu.gpu_instance_profile_by_name(profile).unwrap();
    gpu.create_mig_device(profile.id).unwrap()
}

/// The profiles of a GPU's MIG devices.
fn profiles(gpu: &Device) -> Vec<String> {
    let mig_devices = gpu.mig_devices().unwrap();
    let profiles = mig_devices.iter().map(MigDevice::profile);
    profiles.map(|profile| profile.unwrap().into()).collect()
}
