use nvml_mig::{Error, GpuInstance};
use nvml_mig::instance::GpuInstancePlacement;
use nvml_mig::profile::ComputeInstanceProfileId;

fn take(
    instance: &GpuInstance,
    profile: ComputeInstanceProfileId,
    placement: GpuInstancePlacement,
) -> Result<(), Error> {
    instance.create_compute_instance_at(profile, placement).map(drop)
}

fn main() {}
