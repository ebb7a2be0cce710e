use nvml_mig::{Error, ScopedGpuInstance};

fn take(instance: ScopedGpuInstance) -> Result<(), Error> {
    Ok(instance.destroy()?)
}

fn main() {}
