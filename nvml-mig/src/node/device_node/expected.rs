//! The device nodes that MIG devices need.

use super::{DeviceNode, DeviceNodeKind, MissingNode, parameters};
use crate::error::Error;
use crate::node::capability::{GPUS, UNIFIED_MEMORY, major};
use crate::node::existing::read_each;
use crate::node::{Capability, CapabilityNode, DriverFiles, MigDeviceNodes};
use crate::query::MigDevice;

/// Minor number of `/dev/nvidiactl`, which NVIDIA's tools use for every driver.
const CONTROL: u32 = 255;

/// # Device nodes (feature `nodes`, on Linux)
impl DriverFiles {
    /// Returns the device nodes that these MIG devices need, with their numbers, modes and owners, without duplicates:
    /// the nodes of [`MigDevice::nodes`], whether or not they exist. MIG devices that no longer exist are left out.
    ///
    /// # Errors
    ///
    /// As [`MigDevice::nodes`], for a MIG device that exists, or if none does; and [`Error::DriverFile`] if `<proc>/devices` lacks a major number, as it does while the
    /// module `nvidia-uvm` is not loaded.
    pub fn device_nodes<'a>(
        &self,
        devices: impl IntoIterator<Item = &'a MigDevice>,
    ) -> Result<Vec<DeviceNode>, Error> {
        let mut nodes: Vec<DeviceNode> = Vec::new();
        for node in read_each(devices, |device| self.nodes_of(device))?.concat() {
            if !nodes.contains(&node) {
                nodes.push(node);
            }
        }
        Ok(nodes)
    }

    /// Returns the device node of a capability, with its numbers, mode and owner, whether or not it exists.
    ///
    /// # Errors
    ///
    /// As [`capability_node`](Self::capability_node) and [`capability_major_number`](Self::capability_major_number), and
    /// [`Error::DriverFile`] if the [access file](Self::access_file) does not exist, because the instance does not.
    pub fn capability_device_node(&self, capability: Capability) -> Result<DeviceNode, Error> {
        self.of_capability(&self.capability_node(capability)?)
    }

    /// Returns the device nodes of these MIG devices that are missing, or in whose place something else is. NVML does not
    /// create the nodes of a new instance, and without them no container with its MIG device starts. NVIDIA's own tools
    /// run `nvidia-smi` or `nvidia-modprobe` for that.
    ///
    /// # Examples
    ///
    /// ```
    /// # let proc = tempfile::tempdir()?;
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30"));
    /// # let simulator = simulator.capabilities(proc.path()).start()?;
    /// # let device = nvml_mig::Nvml::init_from(simulator.library_path())?.device_by_index(0)?;
    /// # let profile = device.gpu_instance_profile_by_name("4g.24gb")?.id;
    /// # let gpu_instance = device.create_gpu_instance(profile)?;
    /// # let profile = gpu_instance.compute_instance_profile_by_name("4g.24gb")?.id;
    /// # let _compute_instance = gpu_instance.create_compute_instance(profile)?;
    /// # std::fs::write(proc.path().join("devices"), "195 nvidia\n235 nvidia-caps\n510 nvidia-uvm\n")?;
    /// use nvml_mig::node::DriverFiles;
    ///
    /// let files = DriverFiles::new(); // /proc and /dev of this machine
    /// # let files = files.with_proc(proc.path()).with_dev(proc.path());
    /// for missing in files.missing_nodes(&device.mig_devices()?)? {
    ///     println!("{missing}; it can be created with {:?}", missing.node.nvidia_modprobe());
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`device_nodes`](Self::device_nodes), and [`Error::DriverFile`] if this process lacks permission to inspect a path.
    pub fn missing_nodes<'a>(
        &self,
        devices: impl IntoIterator<Item = &'a MigDevice>,
    ) -> Result<Vec<MissingNode>, Error> {
        let mut missing = Vec::new();
        for node in self.device_nodes(devices)? {
            if let Some(fault) = node.fault()? {
                missing.push(MissingNode::new(node, fault));
            }
        }
        Ok(missing)
    }

    /// Creates the device nodes of these MIG devices that do not exist, and returns those that it created. Existing
    /// files are never replaced. Requires root with `CAP_MKNOD` outside of user namespaces; otherwise, run
    /// [`DeviceNode::nvidia_modprobe`] for each of [`missing_nodes`](Self::missing_nodes).
    ///
    /// # Examples
    ///
    /// ```
    /// use nvml_mig::node::DriverFiles;
    /// use nvml_mig::{ComputeInstance, Error};
    ///
    /// /// Makes a compute instance usable for containers.
    /// fn publish(compute_instance: &ComputeInstance) -> Result<(), Error> {
    ///     let device = compute_instance.mig_device()?;
    ///     for node in DriverFiles::new().create_nodes([&device])? {
    ///         println!("created {}", node.path.display());
    ///     }
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`missing_nodes`](Self::missing_nodes) and [`DeviceNode::create`]. The nodes before the one that failed have
    /// been created; the nodes of capabilities, which nobody else creates, also while a module such as `nvidia-uvm` is not loaded.
    pub fn create_nodes<'a>(
        &self,
        devices: impl IntoIterator<Item = &'a MigDevice>,
    ) -> Result<Vec<DeviceNode>, Error> {
        let devices: Vec<&MigDevice> = devices.into_iter().collect();
        match self.device_nodes(devices.iter().copied()) {
            Ok(nodes) => create_each(nodes),
            Err(error) => {
                let nodes = read_each(devices, |device| self.capability_nodes_of(device))?;
                create_each(nodes.concat())?;
                Err(error)
            }
        }
    }

    fn capability_nodes_of(&self, device: &MigDevice) -> Result<[DeviceNode; 2], Error> {
        let nodes = device.nodes(self)?;
        Ok([
            self.of_capability(&nodes.gpu_instance)?,
            self.of_capability(&nodes.compute_instance)?,
        ])
    }

    fn nodes_of(&self, device: &MigDevice) -> Result<[DeviceNode; 5], Error> {
        let MigDeviceNodes {
            control,
            unified_memory,
            gpu,
            gpu_instance,
            compute_instance,
        } = device.nodes(self)?;
        let gpus = major(self, &GPUS)?;
        let minor = device.parent()?.minor_number()?;
        let memory = major(self, &UNIFIED_MEMORY)?;
        let of_module = |kind, path, major, minor| {
            parameters::of_module(self, DeviceNode::new(kind, path, major, minor))
        };
        Ok([
            of_module(DeviceNodeKind::Control, control, gpus, CONTROL)?,
            of_module(DeviceNodeKind::UnifiedMemory, unified_memory, memory, 0)?,
            of_module(DeviceNodeKind::Gpu, gpu, gpus, minor)?,
            self.of_capability(&gpu_instance)?,
            self.of_capability(&compute_instance)?,
        ])
    }

    fn of_capability(&self, node: &CapabilityNode) -> Result<DeviceNode, Error> {
        let kind = DeviceNodeKind::Capability(node.capability);
        let major = self.capability_major_number()?;
        let expected = DeviceNode::new(kind, &node.path, major, node.minor_number);
        Ok(parameters::of_capability(self, node.capability, expected)?)
    }
}

/// Creates the nodes that do not exist, and returns these.
fn create_each(nodes: Vec<DeviceNode>) -> Result<Vec<DeviceNode>, Error> {
    let mut created = Vec::new();
    for node in nodes {
        if node.create()? {
            created.push(node);
        }
    }
    Ok(created)
}
