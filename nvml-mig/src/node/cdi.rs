//! A CDI specification: the device nodes that a container engine exposes for each device (feature `cdi`).
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
//! use nvml_mig::node::cdi::{CdiDeviceNames, CdiSpec};
//!
//! let builder = CdiSpec::builder().names(CdiDeviceNames::Index);
//! # let builder = builder.driver_files(nvml_mig::node::DriverFiles::new().with_proc(proc.path()));
//! let spec = builder.build(&device.mig_devices()?)?;
//! assert_eq!(spec.devices[0].name, "0:0"); // `podman run --device nvidia.com/gpu=0:0`
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cdi_error;
mod cdi_spec_builder;
mod qualified_name;

use serde::Serialize;

pub use cdi_error::CdiError;
pub use cdi_spec_builder::{CdiDeviceNames, CdiSpecBuilder};

/// A specification of the Container Device Interface (CDI) for selected MIG devices.
///
/// Container engines read its [JSON](Self::to_json) from files `*.json` in `/etc/cdi` and `/var/run/cdi`. With it,
/// `podman run --device nvidia.com/gpu=MIG-...`, or Docker, containerd and CRI-O with CDI enabled, add the device nodes to
/// a container. It contains nothing else: the driver's libraries and `nvidia-smi` must be mounted by NVIDIA's container
/// toolkit, or by hand.
///
/// If NVIDIA's toolkit also writes a specification of kind `nvidia.com/gpu`, choose another kind: engines reject a device
/// that is defined in two files (CDI).
///
/// ```
/// # use nvml_mig::Nvml;
/// # use nvml_mig_sim::{GpuSpec, Simulator};
/// # let folder = tempfile::tempdir()?;
/// # let (proc, path) = (folder.path().join("proc"), folder.path().join("nvml-mig.json"));
/// # let simulator = Simulator::builder().gpu(GpuSpec::new("a30")).capabilities(&proc).start()?;
/// # let nvml = Nvml::init_from(simulator.library_path())?;
/// # let device = nvml.device_by_index(0)?;
/// # let profile = device.gpu_instance_profile_by_name("4g.24gb")?;
/// # let gpu_instance = device.create_gpu_instance(profile.id)?;
/// # let profile = gpu_instance.compute_instance_profile_by_name("4g.24gb")?;
/// # let compute_instance = gpu_instance.create_compute_instance(profile.id)?;
/// use nvml_mig::node::DriverFiles;
/// use nvml_mig::node::cdi::CdiSpec;
///
/// let files = DriverFiles::new();
/// # let files = files.with_proc(proc);
/// let spec = CdiSpec::builder().driver_files(files).build(&device.mig_devices()?)?;
/// std::fs::write(path, spec.to_json()?)?; // such as /etc/cdi/nvml-mig.json
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CdiSpec {
    /// Version of CDI: the lowest one that suffices, since engines reject unknown versions.
    pub cdi_version: String,
    /// Vendor and class of the devices, such as `nvidia.com/gpu`.
    pub kind: String,
    /// The MIG devices.
    pub devices: Vec<CdiDevice>,
    /// Additions for a container with any of the devices: the nodes that all GPUs share.
    pub container_edits: CdiContainerEdits,
}

impl CdiSpec {
    /// Returns a builder for a specification.
    pub fn builder() -> CdiSpecBuilder {
        CdiSpecBuilder::default()
    }

    /// Converts the specification to JSON for container engines.
    ///
    /// # Errors
    ///
    /// Errors of `serde_json`; there are none for a specification.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }
}

/// A device, by the name that users pass to the container engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CdiDevice {
    /// Name, such as `MIG-...` or `0:1`.
    pub name: String,
    /// Additions for a container with this device.
    pub container_edits: CdiContainerEdits,
}

/// Additions to a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CdiContainerEdits {
    /// Device nodes.
    pub device_nodes: Vec<CdiDeviceNode>,
}

/// A device node.
///
/// It does not contain the node's numbers, so that the engine reads them when it starts a container: the major number of
/// capability nodes can change at a reboot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CdiDeviceNode {
    /// Path in the container.
    pub path: String,
    /// Path on the host, if different.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_path: Option<String>,
    /// Permissions of the container: `rw`, to read and write, but not to create nodes.
    pub permissions: String,
}
