use nvml_mig::{Device, Error};
use nvml_mig::instance::{ComputeInstanceId, GpuInstanceId};

fn take(device: &Device, id: GpuInstanceId, inside: ComputeInstanceId) -> Result<(), Error> {
    device.mig_device_by_ids(inside, id).map(drop)
}

fn main() {}
