use nvml_mig::{Device, Error, GpuInstanceProfileId};

fn take(device: &Device, id: GpuInstanceProfileId) -> Result<(), Error> {
    device.gpu_instance_profile(id).map(drop)
}

fn main() {}
