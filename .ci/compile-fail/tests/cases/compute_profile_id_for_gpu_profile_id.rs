use nvml_mig::{Device, Error};
use nvml_mig::profile::ComputeInstanceProfileId;

fn take(device: &Device, profile: ComputeInstanceProfileId) -> Result<(), Error> {
    device.gpu_instance_remaining_capacity(profile).map(drop)
}

fn main() {}
