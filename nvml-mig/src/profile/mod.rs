//! Profiles: their numbers, names and resources.
//!
//! ```
//! # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
//! # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
//! # let device = nvml.device_by_index(0)?;
//! use nvml_mig::profile::ProfileName;
//!
//! for profile in device.gpu_instance_profiles()? {
//!     println!("{:<12} id {:<3} {} MiB", profile.name, profile.id, profile.memory_mib);
//! }
//! let name: ProfileName = "1c.3g.20gb".parse()?;
//! assert_eq!((name.compute_slices, name.gpu_slices, name.memory_gb), (1, 3, 20));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub(crate) mod find;
mod info;
pub(crate) mod listed;
mod name;
mod nearest;
mod number;
mod reported_name;
mod rounding;
pub(crate) mod setters;

pub use crate::id::{ComputeInstanceProfileId, GpuInstanceProfileId};
pub use info::{ComputeInstanceProfileInfo, GpuInstanceProfileInfo};
pub use name::{MediaEngines, ProfileName};
pub use number::{ComputeInstanceProfile, GpuInstanceProfile};
pub use reported_name::ReportedName;
