use nvml_mig::GpuInstance;

fn take(instance: &GpuInstance) -> GpuInstance {
    instance.clone()
}

fn main() {}
