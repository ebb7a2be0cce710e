use nvml_mig::{Device, Error};
use nvml_mig::instance::GpuInstanceId;

fn take(device: &Device, id: GpuInstanceId) -> Result<(), Error> {
    device.create_gpu_instance(id).map(drop)
}

fn main() {}
