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
//! let builder = CdiSpec::builder().with_names(CdiDeviceNames::Index);
//! # let builder = builder.with_driver_files(nvml_mig::node::DriverFiles::new().with_proc(proc.path()));
//! let spec = builder.build(&device.mig_devices()?)?;
//! assert_eq!(spec.devices[0].name, "0:0"); // `podman run --device nvidia.com/gpu=0:0`
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cdi_error;
mod cdi_host;
mod cdi_problem;
mod cdi_spec_builder;
mod check;
mod device_names;
mod qualified_name;
mod refused;
mod visible_devices;

use serde::Serialize;

pub use cdi_error::CdiError;
pub use cdi_host::CdiHost;
pub use cdi_problem::CdiProblem;
pub use cdi_spec_builder::CdiSpecBuilder;
pub use device_names::CdiDeviceNames;
pub use visible_devices::NvidiaVisibleDevices;

/// A specification of the Container Device Interface (CDI) for selected MIG devices and GPUs.
///
/// Container engines read its [JSON](Self::to_json) from files `*.json` in `/etc/cdi` and `/var/run/cdi`. With it,
/// `podman run --device nvidia.com/gpu=MIG-...`, or Docker, containerd and CRI-O with CDI enabled, add the device nodes to
/// a container. It does not contain the driver's libraries and `nvidia-smi`: mount them by hand, or let the legacy hook
/// of NVIDIA's container toolkit do so with [`NvidiaVisibleDevices::None`].
///
/// If NVIDIA's toolkit also writes a specification of kind `nvidia.com/gpu`, choose another kind: engines reject a device
/// that is defined in two files of one folder (CDI). [`check`](Self::check) finds such files, and nodes that are missing.
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
/// let spec = CdiSpec::builder().with_driver_files(files).build(&device.mig_devices()?)?;
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
    /// The MIG devices and GPUs.
    pub devices: Vec<CdiDevice>,
    /// Additions for a container with any of the devices: the nodes that all GPUs share.
    pub container_edits: CdiContainerEdits,
}

impl CdiSpec {
    /// Creates a specification of this version and kind; [`builder`](Self::builder) makes one for MIG devices.
    ///
    /// # Examples
    ///
    /// ```
    /// use nvml_mig::node::cdi::{CdiContainerEdits, CdiDevice, CdiDeviceNode, CdiSpec};
    ///
    /// let edits = CdiContainerEdits::new(vec![CdiDeviceNode::new("/dev/nvidia0")]);
    /// let spec = CdiSpec::new("0.5.0", "example.com/gpu", vec![CdiDevice::new("0", edits)]);
    /// assert!(spec.to_json()?.contains("/dev/nvidia0"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn new(
        cdi_version: impl Into<String>,
        kind: impl Into<String>,
        devices: Vec<CdiDevice>,
    ) -> Self {
        Self {
            cdi_version: cdi_version.into(),
            kind: kind.into(),
            devices,
            container_edits: CdiContainerEdits::new(Vec::new()),
        }
    }

    /// Returns the name by which a container engine takes a device of this specification, such as
    /// `nvidia.com/gpu=MIG-...`: `docker run --device nvidia.com/gpu=MIG-...`.
    #[must_use]
    pub fn qualified_name(&self, device: &CdiDevice) -> String {
        format!("{}={}", self.kind, device.name)
    }

    /// Sets the additions for a container with any of the devices.
    #[must_use]
    pub fn with_container_edits(self, container_edits: CdiContainerEdits) -> Self {
        Self {
            container_edits,
            ..self
        }
    }

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
    /// Name, such as `MIG-...`, `0:1` or `all`.
    pub name: String,
    /// Additions for a container with this device.
    pub container_edits: CdiContainerEdits,
}

impl CdiDevice {
    /// Creates a device with this name and these additions.
    #[must_use]
    pub fn new(name: impl Into<String>, container_edits: CdiContainerEdits) -> Self {
        let name = name.into();
        Self {
            name,
            container_edits,
        }
    }
}

/// The environment variables and device nodes that a container engine adds to a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CdiContainerEdits {
    /// Environment variables, in the form `NAME=value`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<String>,
    /// Device nodes that the container gets.
    pub device_nodes: Vec<CdiDeviceNode>,
}

impl CdiContainerEdits {
    /// Creates additions of these device nodes.
    #[must_use]
    pub const fn new(device_nodes: Vec<CdiDeviceNode>) -> Self {
        Self {
            env: Vec::new(),
            device_nodes,
        }
    }

    /// Sets the environment variables, in the form `NAME=value`.
    #[must_use]
    pub fn with_env(self, env: Vec<String>) -> Self {
        Self { env, ..self }
    }
}

/// A device node that a container engine makes available in a container.
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

impl CdiDeviceNode {
    /// Creates a node with the same path on the host and in the container, to read and write.
    #[must_use]
    pub fn new(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            host_path: None,
            permissions: "rw".to_owned(),
        }
    }

    /// Sets the path on the host.
    #[must_use]
    pub fn with_host_path(self, host_path: impl Into<String>) -> Self {
        Self {
            host_path: Some(host_path.into()),
            ..self
        }
    }

    /// The path on the host.
    fn path_on_host(&self) -> &str {
        self.host_path.as_deref().unwrap_or(&self.path)
    }

    /// Sets the permissions of the container, a combination of `r` (read), `w` (write) and `m` (create nodes).
    #[must_use]
    pub fn with_permissions(self, permissions: impl Into<String>) -> Self {
        Self {
            permissions: permissions.into(),
            ..self
        }
    }
}
