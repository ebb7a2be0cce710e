use nvml_mig::{Error, GpuInstance};

fn take(instance: GpuInstance) -> Result<(), Error> {
    instance.destroy()?;
    instance.compute_instances().map(drop)
}

fn main() {}
