//! GPU instances and compute instances: what users do with them.

mod compute_instance;
mod compute_instance_profiles;
mod compute_instances;
mod gpu_instance;
mod gpu_instance_profiles;
mod gpu_instances;
mod mig_device;
mod raw;
mod scoped_gpu_instance;

pub use scoped_gpu_instance::ScopedGpuInstance;
