use nvml_mig::{Device, Error};
use nvml_mig::profile::GpuInstanceProfile;

fn take(device: &Device) -> Result<(), Error> {
    device.create_gpu_instance(GpuInstanceProfile::Slice1).map(drop)
}

fn main() {}
