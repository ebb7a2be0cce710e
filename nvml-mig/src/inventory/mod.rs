//! Reads the current state of a GPU with as few NVML calls as possible.
//!
//! ```
//! # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
//! # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
//! # let device = nvml.device_by_index(0)?;
//! # let profile = device.gpu_instance_profile_by_name("2g.12gb")?.id;
//! # let _created = device.create_gpu_instance(profile)?;
//! use nvml_mig::inventory::Inventory;
//!
//! let inventory = Inventory::read(&device)?;
//! for gpu_instance in inventory.partition()? {
//!     println!("{gpu_instance}"); // such as "GPU instance 2g.12gb at 0:2 without a compute instance"
//! }
//! # assert_eq!(inventory.partition()?.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod expected;
mod live;
mod mig_devices;
mod model;
mod partition;
mod present;
mod reading;

#[cfg(any(feature = "apply", feature = "monitor"))]
pub(crate) use expected::Expected;
pub use live::{LiveGpuInstance, LiveMigDevice};
#[cfg(any(feature = "apply", feature = "monitor"))]
pub(crate) use present::present;
pub use reading::Inventory;
