use nvml_mig::{ComputeInstanceProfileId, Error, GpuInstance, GpuInstancePlacement};

fn take(
    instance: &GpuInstance,
    profile: ComputeInstanceProfileId,
    placement: GpuInstancePlacement,
) -> Result<(), Error> {
    instance.create_compute_instance_at(profile, placement).map(drop)
}

fn main() {}
