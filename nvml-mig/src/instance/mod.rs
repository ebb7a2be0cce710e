//! Creates, lists and destroys GPU instances and compute instances.
//!
//! Instances are state of the driver. Dropping a handle does not destroy the instance; dropping a [`ScopedGpuInstance`]
//! does.
//!
//! ```
//! # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
//! # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
//! # let device = nvml.device_by_index(0)?;
//! let profile = device.gpu_instance_profile_by_name("2g.12gb")?;
//! let gpu_instance = device.create_gpu_instance(profile.id)?;
//! let profile = gpu_instance.compute_instance_profile_by_name("1c.2g.12gb")?;
//! let compute_instance = gpu_instance.create_compute_instance(profile.id)?;
//! println!("CUDA_VISIBLE_DEVICES={}", compute_instance.mig_device()?.uuid()?);
//!
//! compute_instance.destroy()?;
//! gpu_instance.destroy()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod compute_instance;
mod compute_instance_profiles;
mod compute_instances;
mod create_mig_device;
mod gpu_instance;
mod gpu_instance_profiles;
mod gpu_instances;
mod mig_device;
mod raw;
mod scoped_gpu_instance;
pub mod vgpu;

pub use scoped_gpu_instance::ScopedGpuInstance;

pub use crate::id::{ComputeInstanceId, GpuInstanceId};
pub use crate::placement::{ComputeInstancePlacement, GpuInstancePlacement, PlacementError};
pub use crate::query::{ComputeInstance, GpuInstance};
