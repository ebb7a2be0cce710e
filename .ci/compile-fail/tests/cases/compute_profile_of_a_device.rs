use nvml_mig::{ComputeInstanceProfile, Device, Error};

fn take(device: &Device) -> Result<(), Error> {
    device.gpu_instance_profile(ComputeInstanceProfile::Slice1).map(drop)
}

fn main() {}
