use nvml_mig::{ComputeInstanceProfileId, Device, Error};

fn take(device: &Device, profile: ComputeInstanceProfileId) -> Result<(), Error> {
    device.gpu_instance_remaining_capacity(profile).map(drop)
}

fn main() {}
