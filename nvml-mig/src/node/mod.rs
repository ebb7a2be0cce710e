//! The driver's files, the device nodes of instances, and CDI specifications that expose the nodes to containers.
//!
//! ```
//! # let proc = tempfile::tempdir()?;
//! # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30"));
//! # let simulator = simulator.capabilities(proc.path()).start()?;
//! # let device = nvml_mig::Nvml::init_from(simulator.library_path())?.device_by_index(0)?;
//! # let profile = device.gpu_instance_profile_by_name("4g.24gb")?.id;
//! # let gpu_instance = device.create_gpu_instance(profile)?;
//! # let profile = gpu_instance.compute_instance_profile_by_name("4g.24gb")?.id;
//! # let _compute_instance = gpu_instance.create_compute_instance(profile)?;
//! use nvml_mig::node::DriverFiles;
//!
//! let files = DriverFiles::new(); // /proc and /dev of this machine
//! # let files = files.with_proc(proc.path());
//! for mig_device in device.mig_devices()? {
//!     let nodes = mig_device.nodes(&files)?;
//!     println!("{} {}", nodes.gpu.display(), nodes.gpu_instance.path.display());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod capability;
#[cfg(feature = "cdi")]
pub mod cdi;
#[cfg(all(feature = "nodes", target_os = "linux"))]
mod device_node;
mod driver_files;
mod existing;
mod graphics;
#[cfg(any(feature = "cdi", feature = "mig-parted"))]
pub(crate) mod yaml;

pub use capability::{Capability, CapabilityNode, MigDeviceNodes};
#[cfg(all(feature = "nodes", target_os = "linux"))]
pub use device_node::{DeviceNode, DeviceNodeKind, MissingNode, NodeFault};
pub use driver_files::{DeviceFileUser, DriverFiles};
