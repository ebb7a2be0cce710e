//! Programs as other authors would write them with this crate, each followed by tests on simulated machines.

mod allocator;
mod beside_nvml_wrapper;
mod device_plugin;
#[cfg(feature = "monitor")]
mod exporter;
#[cfg(feature = "apply")]
mod test_suite;

use nvml_mig::{Device, MigDevice};

/// Creates a GPU instance of this profile with one compute instance that takes all of it.
fn create(gpu: &Device, profile: &str) -> MigDevice {
    let profile = gpu.gpu_instance_profile_by_name(profile).unwrap();
    let gpu_instance = gpu.create_gpu_instance(profile.id).unwrap();
    let profiles = gpu_instance.compute_instance_profiles().unwrap();
    let whole = profiles.iter().max_by_key(|profile| profile.slice_count);
    let compute_instance = gpu_instance.create_compute_instance(whole.unwrap().id);
    compute_instance.unwrap().mig_device().unwrap()
}

/// The profiles of a GPU's MIG devices.
fn profiles(gpu: &Device) -> Vec<String> {
    let mig_devices = gpu.mig_devices().unwrap();
    let names = mig_devices
        .iter()
        .map(|mig_device| mig_device.name().unwrap());
    names
        .map(|name| name.rsplit(' ').next().unwrap().to_owned())
        .collect()
}
