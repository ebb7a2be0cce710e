//! Capabilities of the driver: access to a device node permits use of its instance.

mod access_file;
mod device_numbers;
mod mig_device_nodes;
mod mig_minors;

#[cfg(all(feature = "nodes", target_os = "linux"))]
pub(super) use access_file::name as access_file_name;
#[cfg(all(feature = "nodes", target_os = "linux"))]
pub(super) use device_numbers::{GPUS, UNIFIED_MEMORY};

use core::fmt;
use std::path::PathBuf;

use crate::error::{DriverFileError, Error};
use crate::id::{ComputeInstanceId, GpuInstanceId};
use crate::node::DriverFiles;
use crate::query::{ComputeInstance, GpuInstance};

pub(super) use device_numbers::major;
pub use mig_device_nodes::MigDeviceNodes;

/// A capability: what access to a device node under `/dev/nvidia-caps` permits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
#[doc(alias = "nvidia-caps")]
pub enum Capability {
    /// Setting MIG mode, and creating and destroying instances.
    #[doc(alias = "mig/config")]
    Config,
    /// Listing the instances of all GPUs.
    #[doc(alias = "mig/monitor")]
    Monitor,
    /// Using a GPU instance, together with the capability of one of its compute instances.
    GpuInstance {
        /// [Minor number](crate::Device::minor_number) of the GPU, which is not its index.
        gpu_minor_number: u32,
        /// Id of the GPU instance.
        gpu_instance: GpuInstanceId,
    },
    /// Using a compute instance, together with the capability of its GPU instance.
    ComputeInstance {
        /// [Minor number](crate::Device::minor_number) of the GPU, which is not its index.
        gpu_minor_number: u32,
        /// Id of the GPU instance.
        gpu_instance: GpuInstanceId,
        /// Id of the compute instance.
        compute_instance: ComputeInstanceId,
    },
}

/// Prints the form in the driver's file `mig-minors`, such as `gpu3/gi3/ci3/access`.
impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config => f.write_str("config"),
            Self::Monitor => f.write_str("monitor"),
            Self::GpuInstance {
                gpu_minor_number: gpu,
                gpu_instance: gi,
            } => write!(f, "gpu{gpu}/gi{gi}/access"),
            Self::ComputeInstance {
                gpu_minor_number: gpu,
                gpu_instance: gi,
                compute_instance: ci,
            } => write!(f, "gpu{gpu}/gi{gi}/ci{ci}/access"),
        }
    }
}

/// The device node of a capability.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct CapabilityNode {
    /// The capability of the node.
    pub capability: Capability,
    /// Minor number from the driver's files.
    pub minor_number: u32,
    /// Path, such as `/dev/nvidia-caps/nvidia-cap439`. NVIDIA's tools create the node by running
    /// `nvidia-modprobe -f` with the [access file](DriverFiles::access_file); with feature `nodes`,
    /// `DriverFiles::create_nodes` creates it.
    pub path: PathBuf,
}

impl CapabilityNode {
    /// Creates a node from its number and path, for example in a test. [`DriverFiles::capability_node`] reads it from the
    /// driver's files.
    #[must_use]
    pub fn new(capability: Capability, minor_number: u32, path: impl Into<PathBuf>) -> Self {
        Self {
            capability,
            minor_number,
            path: path.into(),
        }
    }
}

impl DriverFiles {
    /// Returns the device node of a capability.
    ///
    /// The minor number is read from `<proc>/driver/nvidia-caps/mig-minors`, or otherwise from the
    /// [access file](Self::access_file). It is never calculated. `mig-minors` contains all possible instances (driver), so
    /// an entry does not mean that the instance exists.
    ///
    /// # Errors
    ///
    /// [`Error::DriverFile`] if neither file exists or contains the capability, or if the one that contains it has no
    /// valid number.
    pub fn capability_node(&self, capability: Capability) -> Result<CapabilityNode, Error> {
        let minor_number = self.minor_number(capability)?;
        let path = format!("nvidia-caps/nvidia-cap{minor_number}");
        let path = self.dev().join(path);
        Ok(CapabilityNode::new(capability, minor_number, path))
    }

    /// Returns the path of the driver's file for a capability, such as
    /// `/proc/driver/nvidia/capabilities/gpu3/mig/gi3/ci3/access`. It exists as long as the instance does (driver).
    ///
    /// # Examples
    ///
    /// ```
    /// use nvml_mig::node::{Capability, DriverFiles};
    ///
    /// let file = DriverFiles::new().access_file(Capability::Config);
    /// assert_eq!(file.to_str(), Some("/proc/driver/nvidia/capabilities/mig/config"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn access_file(&self, capability: Capability) -> PathBuf {
        self.proc().join(access_file::name(capability))
    }

    /// Returns the major number of all capability nodes, from `<proc>/devices`. It can change at a reboot.
    ///
    /// # Errors
    ///
    /// [`Error::DriverFile`] if the driver has not registered `nvidia-caps`, or the file can't be read.
    pub fn capability_major_number(&self) -> Result<u32, Error> {
        Ok(major(self, &device_numbers::CAPABILITIES)?)
    }

    fn minor_number(&self, capability: Capability) -> Result<u32, DriverFileError> {
        match mig_minors::minor(self, capability) {
            // A capability that `mig-minors` lacks may still have an access file; if not, the error is about
            // `mig-minors`.
            Err(error) if error.is_not_found() => access_file::minor(self, capability)
                .map_err(|other| if other.is_not_found() { error } else { other }),
            listed => listed,
        }
    }
}

/// # Device nodes
impl GpuInstance {
    /// Returns the capability for using this GPU instance; a process also needs that of a compute instance in it.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if NVML does not report the GPU's minor number.
    pub fn capability(&self) -> Result<Capability, Error> {
        Ok(Capability::GpuInstance {
            gpu_minor_number: self.device().minor_number()?,
            gpu_instance: self.id(),
        })
    }
}

/// # Device nodes
impl ComputeInstance {
    /// Returns the capability for using this compute instance; a process also needs that of its GPU instance.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if NVML does not report the GPU's minor number.
    pub fn capability(&self) -> Result<Capability, Error> {
        Ok(Capability::ComputeInstance {
            gpu_minor_number: self.device().minor_number()?,
            gpu_instance: self.gpu_instance_id(),
            compute_instance: self.id(),
        })
    }
}
