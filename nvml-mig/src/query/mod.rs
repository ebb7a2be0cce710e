//! Handles, and all NVML queries of this crate. A query returns NVML's answer or a
//! [`Failure`](crate::driver::call::Failure); explaining failures is the task of `explain`.

mod compute_instance;
mod compute_instance_profiles;
mod device;
mod gpu_instance;
mod gpu_instance_profiles;
mod instances;
mod known;
mod known_device;
mod memo;
mod memory_info;
mod mig_device;
mod mig_device_attributes;
mod mig_mode;
mod pci_info;
mod placements;
mod plausible;
mod process_info;
mod process_records;
mod processes;
mod profile_info;
mod profile_walk;
mod session;
mod version_error;
mod versions;
mod vgpu;
mod virtualization;

pub use compute_instance::ComputeInstance;
pub use device::Device;
pub(crate) use device::MOST_GPUS;
pub use gpu_instance::GpuInstance;
pub(crate) use instances::{ComputeInstanceHandle, GpuInstanceHandle};
pub(crate) use known::KnownGpu;
pub use memory_info::{Bar1Info, MemoryInfo};
#[cfg(feature = "apply")]
pub(crate) use mig_device::MOST_MIG_DEVICES;
pub use mig_device::MigDevice;
pub use mig_device_attributes::MigDeviceAttributes;
pub use mig_mode::{MigMode, MigModeChange, MigModes, MinorNumberChange};
pub use pci_info::PciInfo;
pub(crate) use process_info::process_names;
pub use process_info::{ProcessInfo, ProcessKind};
pub(crate) use session::Session;
pub use version_error::VersionError;
pub use versions::{ComputeCapability, CudaVersion, DriverVersion, NvmlVersion};
pub use vgpu::{
    VgpuArrMode, VgpuPlacements, VgpuRoundRobin, VgpuSchedulerEngine, VgpuSchedulerLog,
    VgpuSchedulerLogEntry, VgpuSchedulerPolicy, VgpuSchedulerSettings, VgpuSchedulerState,
};
