use nvml_mig::{ComputeInstance, Error};

fn take(instance: ComputeInstance) -> Result<(), Error> {
    instance.destroy()?;
    Ok(instance.destroy()?)
}

fn main() {}
