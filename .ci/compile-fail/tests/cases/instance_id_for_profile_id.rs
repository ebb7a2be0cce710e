use nvml_mig::{Device, Error, GpuInstanceId};

fn take(device: &Device, id: GpuInstanceId) -> Result<(), Error> {
    device.create_gpu_instance(id).map(drop)
}

fn main() {}
