use nvml_mig::{ComputeInstancePlacement, Device, Error, GpuInstanceProfileId};

fn take(
    device: &Device,
    profile: GpuInstanceProfileId,
    placement: ComputeInstancePlacement,
) -> Result<(), Error> {
    device.create_gpu_instance_at(profile, placement).map(drop)
}

fn main() {}
