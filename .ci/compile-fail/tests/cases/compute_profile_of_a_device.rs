use nvml_mig::{Device, Error};
use nvml_mig::profile::ComputeInstanceProfile;

fn take(device: &Device) -> Result<(), Error> {
    device.gpu_instance_profile(ComputeInstanceProfile::Slice1).map(drop)
}

fn main() {}
