//! Builds a CDI specification.

use std::path::{Path, PathBuf};

use super::cdi_error::CdiError;
use super::device_names::CdiDeviceNames;
use super::qualified_name::{check_device, vendor_and_class};
use super::refused::Refused;
use super::visible_devices::NvidiaVisibleDevices;
use super::{CdiContainerEdits, CdiDevice, CdiDeviceNode, CdiSpec};
use crate::error::{Error, ReturnCode};
use crate::id::GpuInstanceId;
use crate::node::DriverFiles;
use crate::profile::ProfileName;
use crate::query::{Device, MigDevice, MigMode};

/// The kind that NVIDIA's container toolkit gives to GPUs and MIG devices.
const KIND: &str = "nvidia.com/gpu";

/// The name that NVIDIA's container toolkit gives to all devices together.
const ALL: &str = "all";

/// Builds a [`CdiSpec`](super::CdiSpec).
#[derive(Debug, Clone)]
#[must_use = "no specification is built before `build`"]
pub struct CdiSpecBuilder {
    kind: String,
    names: CdiDeviceNames,
    files: DriverFiles,
    gpus: Vec<Device>,
    has_all: bool,
    visible_devices: NvidiaVisibleDevices,
}

impl Default for CdiSpecBuilder {
    fn default() -> Self {
        Self {
            kind: KIND.to_owned(),
            names: CdiDeviceNames::default(),
            files: DriverFiles::default(),
            gpus: Vec::new(),
            has_all: false,
            visible_devices: NvidiaVisibleDevices::default(),
        }
    }
}

impl CdiSpecBuilder {
    /// Sets the kind. The default is `nvidia.com/gpu`.
    pub fn with_kind(mut self, kind: impl Into<String>) -> Self {
        self.kind = kind.into();
        self
    }

    /// Sets the names of the devices. The default is [`CdiDeviceNames::Uuid`].
    pub fn with_names(mut self, names: CdiDeviceNames) -> Self {
        self.names = names;
        self
    }

    /// Sets the locations of `/proc`, for reading minor numbers, of `/sys`, and of `/dev` as the container engine sees
    /// it. In the container, the nodes are always under `/dev`.
    pub fn with_driver_files(mut self, files: DriverFiles) -> Self {
        self.files = files;
        self
    }

    /// Sets the GPUs to offer as a whole, beside the MIG devices: those without MIG, or with MIG mode off.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("l40s")).start()?;
    /// # let device = nvml_mig::Nvml::init_from(simulator.library_path())?.device_by_index(0)?;
    /// use nvml_mig::node::cdi::{CdiDeviceNames, CdiSpec};
    ///
    /// let builder = CdiSpec::builder().with_names(CdiDeviceNames::TypeIndex).with_gpus([&device]);
    /// assert_eq!(builder.build([])?.devices[0].name, "gpu0");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_gpus<'a>(mut self, gpus: impl IntoIterator<Item = &'a Device>) -> Self {
        self.gpus = gpus.into_iter().cloned().collect();
        self
    }

    /// Adds a last device, `all`, with the nodes of every other device. Without this call there is none.
    pub fn with_all(mut self) -> Self {
        self.has_all = true;
        self
    }

    /// Sets the variable `NVIDIA_VISIBLE_DEVICES` of the containers. The default is [`NvidiaVisibleDevices::Void`].
    pub fn with_visible_devices(mut self, visible_devices: NvidiaVisibleDevices) -> Self {
        self.visible_devices = visible_devices;
        self
    }

    /// Builds the specification for these MIG devices, after the GPUs of [`with_gpus`](Self::with_gpus). A MIG device
    /// with graphics (`+gfx`) also has the [graphics nodes](DriverFiles::graphics_nodes) of its GPU, as a whole GPU has. MIG
    /// devices that no longer exist are left out.
    ///
    /// # Errors
    ///
    /// [`CdiError`]: for no device at all, a device or kind that CDI does not allow, one device twice, a whole GPU in MIG
    /// mode, a device that NVML refuses to describe, and files of the driver that do not give a minor number. Use
    /// [`build_each`](Self::build_each) to skip such a device.
    pub fn build<'a>(
        &self,
        devices: impl IntoIterator<Item = &'a MigDevice>,
    ) -> Result<CdiSpec, CdiError> {
        let (spec, mut left_out) = self.described(devices)?;
        if left_out.is_empty() {
            return spec.ok_or(CdiError::Empty);
        }
        Err(left_out.swap_remove(0))
    }

    /// Builds what [`build`](Self::build) does, and leaves out each device that can't be in it, with the error.
    ///
    /// # Examples
    ///
    /// ```
    /// # let proc = tempfile::tempdir()?;
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30"));
    /// # let simulator = simulator.capabilities(proc.path()).start()?;
    /// # let device = nvml_mig::Nvml::init_from(simulator.library_path())?.device_by_index(0)?;
    /// # let profile = device.gpu_instance_profile_by_name("4g.24gb")?.id;
    /// # let _mig_device = device.create_mig_device(profile)?;
    /// use nvml_mig::node::cdi::CdiSpec;
    ///
    /// let builder = CdiSpec::builder();
    /// # let builder = builder.with_driver_files(nvml_mig::node::DriverFiles::new().with_proc(proc.path()));
    /// let (spec, left_out) = builder.build_each(&device.mig_devices()?)?;
    /// for error in left_out {
    ///     eprintln!("{error}"); // such as: MIG-... can't be described
    /// }
    /// # assert_eq!(spec.devices.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CdiError`] for an invalid kind, and if no device is left: the first error of a device, or [`CdiError::Empty`].
    pub fn build_each<'a>(
        &self,
        devices: impl IntoIterator<Item = &'a MigDevice>,
    ) -> Result<(CdiSpec, Vec<CdiError>), CdiError> {
        match self.described(devices)? {
            (Some(spec), left_out) => Ok((spec, left_out)),
            (None, left_out) => Err(left_out.into_iter().next().unwrap_or(CdiError::Empty)),
        }
    }

    /// The specification, unless it has no device, and why devices are not in it.
    fn described<'a>(
        &self,
        devices: impl IntoIterator<Item = &'a MigDevice>,
    ) -> Result<(Option<CdiSpec>, Vec<CdiError>), CdiError> {
        let (_, class) = vendor_and_class(&self.kind)?;
        let shared = ["nvidiactl", "nvidia-uvm"].map(|name| self.files.dev().join(name));
        let shared = self.edits(&shared)?.with_env(self.visible_devices.env());
        let (mut all, mut left_out) = (Vec::new(), Vec::new());
        for (at, gpu) in self.gpus.iter().enumerate() {
            if let Err(refused) = self.add_gpu(&mut all, gpu) {
                left_out.push(refused.named(gpu, || format!("gpus[{at}]")));
            }
        }
        for (at, device) in devices.into_iter().enumerate() {
            match self.add_mig_device(&mut all, device) {
                Err(Refused::Unreadable(_)) if device.is_gone() => {}
                Err(refused) => {
                    let name = || format!("devices[{at}]");
                    left_out.push(refused.named(device.as_device(), name));
                }
                Ok(()) => {}
            }
        }
        if all.is_empty() {
            return Ok((None, left_out));
        }
        if self.has_all {
            all.push(merged(&all));
        }
        let spec = CdiSpec::new(version(class), self.kind.as_str(), all);
        Ok((Some(spec.with_container_edits(shared)), left_out))
    }

    fn add_gpu(&self, all: &mut Vec<CdiDevice>, gpu: &Device) -> Result<(), Refused> {
        let edits = self.edits(&self.gpu_nodes(gpu)?)?;
        Ok(add(all, self.names.of_gpu(gpu)?, &edits)?)
    }

    fn add_mig_device(&self, all: &mut Vec<CdiDevice>, device: &MigDevice) -> Result<(), Refused> {
        let edits = self.edits(&self.mig_device_nodes(device)?)?;
        Ok(add(all, self.names.of_mig_device(device)?, &edits)?)
    }

    /// Returns the nodes of a whole GPU, without those shared by all devices.
    fn gpu_nodes(&self, gpu: &Device) -> Result<Vec<PathBuf>, Refused> {
        match gpu.mig_mode() {
            Ok(modes) if modes.current() != MigMode::Disabled => {
                let uuid = gpu.uuid()?;
                return Err(CdiError::MigEnabled { uuid }.into());
            }
            Err(error) if error.code() != Some(ReturnCode::NotSupported) => {
                return Err(error.into());
            }
            _ => {}
        }
        let minor = gpu.minor_number()?;
        let mut paths = vec![self.files.dev().join(format!("nvidia{minor}"))];
        paths.extend(self.files.graphics_nodes(gpu)?);
        Ok(paths)
    }

    /// Returns the nodes of a MIG device, without those shared by all devices.
    fn mig_device_nodes(&self, device: &MigDevice) -> Result<Vec<PathBuf>, Error> {
        let nodes = device.nodes(&self.files)?;
        let mut paths = vec![
            nodes.gpu,
            nodes.gpu_instance.path,
            nodes.compute_instance.path,
        ];
        if has_graphics(device)? {
            paths.extend(self.files.graphics_nodes(&device.parent()?)?);
        }
        Ok(paths)
    }

    fn edits(&self, paths: &[PathBuf]) -> Result<CdiContainerEdits, CdiError> {
        let nodes = paths.iter().map(|path| self.node(path));
        Ok(CdiContainerEdits::new(nodes.collect::<Result<_, _>>()?))
    }

    fn node(&self, host_path: &Path) -> Result<CdiDeviceNode, CdiError> {
        let name = host_path.strip_prefix(self.files.dev());
        let path = Path::new("/dev").join(name.unwrap_or(host_path));
        let (path, host_path) = (text(&path)?, text(host_path)?);
        let is_same = host_path == path;
        let node = CdiDeviceNode::new(path);
        Ok(if is_same {
            node
        } else {
            node.with_host_path(host_path)
        })
    }
}

/// Adds a device under each of its names, or under none.
fn add(
    devices: &mut Vec<CdiDevice>,
    names: Vec<String>,
    edits: &CdiContainerEdits,
) -> Result<(), CdiError> {
    for name in &names {
        check_device(name)?;
        if devices.iter().any(|known| known.name == *name) {
            return Err(CdiError::Twice { name: name.clone() });
        }
    }
    let named = names.into_iter();
    devices.extend(named.map(|name| CdiDevice::new(name, edits.clone())));
    Ok(())
}

/// The device with the nodes of all of these.
fn merged(devices: &[CdiDevice]) -> CdiDevice {
    let mut nodes: Vec<CdiDeviceNode> = Vec::new();
    for node in devices
        .iter()
        .flat_map(|device| &device.container_edits.device_nodes)
    {
        if !nodes.contains(node) {
            nodes.push(node.clone());
        }
    }
    CdiDevice::new(ALL, CdiContainerEdits::new(nodes))
}

/// Whether the profile of a MIG device has graphics. Its name, such as `NVIDIA A30 MIG 2g.12gb`, says so to everyone; the
/// profile of its GPU instance also says so if the driver shortens the name, but only to privileged users.
fn has_graphics(device: &MigDevice) -> Result<bool, Error> {
    let name = device.name()?;
    let profile = name
        .rsplit_once(" MIG ")
        .map(|(_, profile)| profile.parse());
    let profile: Option<ProfileName> = profile.and_then(Result::ok);
    Ok(profile.is_some_and(|profile| profile.graphics)
        || instance_has_graphics(&device.parent()?, device.gpu_instance_id()?))
}

fn instance_has_graphics(gpu: &Device, id: GpuInstanceId) -> bool {
    let instance = gpu.gpu_instance_by_id(id);
    instance
        .and_then(|instance| instance.profile())
        .is_ok_and(|profile| profile.graphics)
}

/// Returns the lowest version of CDI: 0.5 adds host paths and names that begin with a digit, 0.6 dots in the class.
fn version(class: &str) -> &'static str {
    if class.contains('.') {
        "0.6.0"
    } else {
        "0.5.0"
    }
}

fn text(path: &Path) -> Result<String, CdiError> {
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| CdiError::NotUtf8 {
        path: path.to_owned(),
    })
}
