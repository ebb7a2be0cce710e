use nvml_mig::Error;
use nvml_mig::instance::ScopedGpuInstance;

fn take(instance: ScopedGpuInstance) -> Result<(), Error> {
    instance.close()?;
    instance.compute_instances().map(drop)
}

fn main() {}
