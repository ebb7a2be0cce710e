use nvml_mig::{Device, Error};
use nvml_mig::instance::ComputeInstancePlacement;
use nvml_mig::profile::GpuInstanceProfileId;

fn take(
    device: &Device,
    profile: GpuInstanceProfileId,
    placement: ComputeInstancePlacement,
) -> Result<(), Error> {
    device.create_gpu_instance_at(profile, placement).map(drop)
}

fn main() {}
