use nvml_mig::{Device, Error};
use nvml_mig::profile::GpuInstanceProfileId;

fn take(device: &Device, id: GpuInstanceProfileId) -> Result<(), Error> {
    device.gpu_instance_profile(id).map(drop)
}

fn main() {}
