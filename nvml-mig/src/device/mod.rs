//! NVML, the GPUs and the MIG devices of a machine.
//!
//! ```
//! # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
//! # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
//! use nvml_mig::MigMode;
//!
//! for device in nvml.devices()? {
//!     println!("{} {}", device.name()?, device.uuid()?);
//!     if device.mig_mode()?.current() == MigMode::Enabled {
//!         for mig_device in device.mig_devices()? {
//!             println!("  {} {}", mig_device.name()?, mig_device.uuid()?);
//!         }
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod any_device;
mod device_selector;
mod device_selector_error;
mod each_device;
mod find_device;
mod identity;
mod look_up_error;
mod mig_device;
mod mig_devices;
mod mig_mode;
mod nvml;
mod pci_address;
mod processes;
mod raw;
mod resolved_devices;
mod uuid_start;
mod visible_device_error;
mod visible_devices;

pub use any_device::AnyDevice;
pub use device_selector::DeviceSelector;
pub use device_selector_error::DeviceSelectorError;
pub use nvml::Nvml;
pub use resolved_devices::ResolvedDevices;
pub use visible_device_error::VisibleDeviceError;
pub use visible_devices::VisibleDevices;

pub use crate::architecture::Architecture;
pub use crate::query::{
    Bar1Info, ComputeCapability, CudaVersion, Device, DriverVersion, MemoryInfo, MigDevice,
    MigDeviceAttributes, MigMode, MigModeChange, MigModes, MinorNumberChange, NvmlVersion, PciInfo,
    ProcessInfo, ProcessKind, VersionError,
};
