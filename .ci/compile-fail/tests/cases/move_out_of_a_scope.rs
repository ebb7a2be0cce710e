use nvml_mig::Error;
use nvml_mig::instance::ScopedGpuInstance;

fn take(instance: ScopedGpuInstance) -> Result<(), Error> {
    Ok(instance.destroy()?)
}

fn main() {}
