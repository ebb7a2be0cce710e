use nvml_mig::{Error, ScopedGpuInstance};

fn take(instance: ScopedGpuInstance) -> Result<(), Error> {
    instance.close()?;
    instance.compute_instances().map(drop)
}

fn main() {}
