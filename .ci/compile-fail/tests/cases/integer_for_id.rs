use nvml_mig::{Device, Error};

fn take(device: &Device) -> Result<(), Error> {
    device.gpu_instance_by_id(3).map(drop)
}

fn main() {}
