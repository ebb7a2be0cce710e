//! NVML, its GPUs and its MIG devices: what users ask of them.

mod any_device;
mod device;
mod mig_device;
mod mig_devices;
mod mig_mode;
mod nvml;
mod processes;
mod raw;

pub use any_device::AnyDevice;
pub use nvml::Nvml;
