//! Watches GPUs: changes of the MIG configuration, errors and other events, and performance counters (feature `monitor`).
//!
//! ```
//! # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
//! # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
//! # let device = nvml.device_by_index(0)?;
//! use std::time::Duration;
//!
//! use nvml_mig::monitor::MigWatch;
//!
//! let mut watch = MigWatch::start(&nvml.devices()?)?;
//! # let profile = device.gpu_instance_profile_by_name("4g.24gb")?.id;
//! # let _created = device.create_gpu_instance(profile)?;
//! if let Some(change) = watch.wait(Duration::from_secs(1))? {
//!     println!("instances changed on {}", change.device.uuid()?);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod event_set;
mod events;
mod gpm;
mod waker;
mod watch;

pub use events::{DeviceEvent, EventKind, EventWatch};
pub use gpm::{GpmMetric, GpmSample};
pub use waker::Waker;
pub use watch::{MigConfigChange, MigWatch};
