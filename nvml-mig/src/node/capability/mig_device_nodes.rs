//! Device nodes of a MIG device.

use std::path::{Path, PathBuf};

use super::{Capability, CapabilityNode};
use crate::error::Error;
use crate::node::DriverFiles;
use crate::node::existing::read_each;
use crate::query::MigDevice;

/// The device nodes that a process needs to use a MIG device (MIG user guide).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct MigDeviceNodes {
    /// `/dev/nvidiactl`, the same for all GPUs.
    pub control: PathBuf,
    /// `/dev/nvidia-uvm`, the same for all GPUs.
    pub unified_memory: PathBuf,
    /// `/dev/nvidiaN` of its GPU.
    pub gpu: PathBuf,
    /// The capability node of its GPU instance.
    pub gpu_instance: CapabilityNode,
    /// The capability node of its compute instance.
    pub compute_instance: CapabilityNode,
}

impl MigDeviceNodes {
    /// Creates a value from the nodes of the GPU and of the two instances, for example in a test. The shared nodes
    /// are `/dev/nvidiactl` and `/dev/nvidia-uvm`.
    #[must_use]
    pub fn new(
        gpu: impl Into<PathBuf>,
        gpu_instance: CapabilityNode,
        compute_instance: CapabilityNode,
    ) -> Self {
        Self {
            control: PathBuf::from("/dev/nvidiactl"),
            unified_memory: PathBuf::from("/dev/nvidia-uvm"),
            gpu: gpu.into(),
            gpu_instance,
            compute_instance,
        }
    }

    /// Sets the nodes that all GPUs share, for control and for unified memory.
    #[must_use]
    pub fn with_shared(
        self,
        control: impl Into<PathBuf>,
        unified_memory: impl Into<PathBuf>,
    ) -> Self {
        Self {
            control: control.into(),
            unified_memory: unified_memory.into(),
            ..self
        }
    }

    /// Returns all five paths.
    #[must_use]
    pub fn paths(&self) -> [&Path; 5] {
        [
            &self.control,
            &self.unified_memory,
            &self.gpu,
            &self.gpu_instance.path,
            &self.compute_instance.path,
        ]
    }
}

/// # Device nodes
impl MigDevice {
    /// Returns the paths of the device nodes that a process or container needs to use the MIG device. It does not check
    /// whether the nodes exist.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the MIG device is gone, otherwise as [`DriverFiles::capability_node`].
    pub fn nodes(&self, files: &DriverFiles) -> Result<MigDeviceNodes, Error> {
        let gpu_minor_number = self.parent()?.minor_number()?;
        let gpu_instance = self.gpu_instance_id()?;
        let of_gpu_instance = Capability::GpuInstance {
            gpu_minor_number,
            gpu_instance,
        };
        let of_compute_instance = Capability::ComputeInstance {
            gpu_minor_number,
            gpu_instance,
            compute_instance: self.compute_instance_id()?,
        };
        Ok(MigDeviceNodes {
            control: files.dev().join("nvidiactl"),
            unified_memory: files.dev().join("nvidia-uvm"),
            gpu: files.dev().join(format!("nvidia{gpu_minor_number}")),
            gpu_instance: files.capability_node(of_gpu_instance)?,
            compute_instance: files.capability_node(of_compute_instance)?,
        })
    }
}

impl DriverFiles {
    /// Returns every device node that a container needs for these MIG devices, without duplicates: first the shared ones,
    /// then the GPU and the two capability nodes of each. MIG devices that no longer exist are left out.
    ///
    /// # Errors
    ///
    /// As [`MigDevice::nodes`], for a MIG device that exists, or if none does.
    pub fn container_nodes<'a>(
        &self,
        devices: impl IntoIterator<Item = &'a MigDevice>,
    ) -> Result<Vec<PathBuf>, Error> {
        let mut paths: Vec<PathBuf> = Vec::new();
        for nodes in read_each(devices, |device| device.nodes(self))? {
            for path in nodes.paths() {
                if !paths.iter().any(|known| known == path) {
                    paths.push(path.to_owned());
                }
            }
        }
        Ok(paths)
    }
}
