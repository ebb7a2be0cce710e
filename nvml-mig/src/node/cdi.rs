//! A CDI specification: the device nodes that a container engine exposes for each device.

mod cdi_error;
mod cdi_spec_builder;
mod qualified_name;

use serde::Serialize;

pub use cdi_error::CdiError;
pub use cdi_spec_builder::{CdiDeviceNames, CdiSpecBuilder};

/// A specification of the Container Device Interface (CDI) for chosen MIG devices. It is there with the feature `cdi`.
///
/// As [JSON](Self::to_json), container engines read it from files `*.json` in `/etc/cdi` and `/var/run/cdi`; then
/// `podman run --device nvidia.com/gpu=MIG-...`, or Docker, containerd and CRI-O with CDI on, give a container the
/// device nodes. That is all that is in it: the driver's libraries, and `nvidia-smi`, are mounted by NVIDIA's own
/// container toolkit, or by the one who starts the container.
///
/// Where NVIDIA's toolkit writes a specification of kind `nvidia.com/gpu` too, choose another kind: engines refuse
/// a device that two files define (CDI).
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
    /// Version of CDI: the lowest that has what this needs, since engines refuse versions that they don't know.
    pub cdi_version: String,
    /// Vendor and class of the devices, such as `nvidia.com/gpu`.
    pub kind: String,
    /// The MIG devices.
    pub devices: Vec<CdiDevice>,
    /// What a container gets with any of the devices: the nodes that all GPUs share.
    pub container_edits: CdiContainerEdits,
}

impl CdiSpec {
    /// A specification to be made.
    pub fn builder() -> CdiSpecBuilder {
        CdiSpecBuilder::default()
    }

    /// The JSON that container engines read.
    ///
    /// # Errors
    ///
    /// What `serde_json` reports; texts and lists give it no reason to fail.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }
}

/// A device by the name that users give to the container engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CdiDevice {
    /// Name, such as `MIG-...` or `0:1`.
    pub name: String,
    /// What a container gets with it.
    pub container_edits: CdiContainerEdits,
}

/// What is added to a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CdiContainerEdits {
    /// Device nodes.
    pub device_nodes: Vec<CdiDeviceNode>,
}

/// A device node.
///
/// Its numbers are left out, so that the engine reads them off the node when it starts a container: the major
/// number of capability nodes may be another one after a reboot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CdiDeviceNode {
    /// Path in the container.
    pub path: String,
    /// Path on the host, if it is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_path: Option<String>,
    /// What the container may do: `rw`, to read and to write, and not to make nodes.
    pub permissions: String,
}
