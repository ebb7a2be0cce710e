//! Builds a CDI specification.

use core::fmt;

use std::path::Path;

use super::cdi_error::CdiError;
use super::qualified_name::{check_device, vendor_and_class};
use super::{CdiContainerEdits, CdiDevice, CdiDeviceNode, CdiSpec};
use crate::error::Error;
use crate::node::{DriverFiles, MigDeviceNodes};
use crate::query::MigDevice;

/// The kind that NVIDIA's container toolkit gives to GPUs and MIG devices.
const KIND: &str = "nvidia.com/gpu";

/// The names of MIG devices in the specification, as in NVIDIA's container toolkit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum CdiDeviceNames {
    /// UUID, `MIG-...`, which does not change while the device exists.
    #[default]
    Uuid,
    /// Index of the GPU and index of the MIG device on it, such as `0:1`. Indices change as instances are created and
    /// destroyed; write a new specification after each change.
    Index,
    /// Both; each MIG device occurs twice.
    UuidAndIndex,
}

/// Builds a [`CdiSpec`](super::CdiSpec).
#[derive(Debug, Clone)]
#[must_use = "no specification is built before `build`"]
pub struct CdiSpecBuilder {
    kind: String,
    names: CdiDeviceNames,
    files: DriverFiles,
}

impl Default for CdiSpecBuilder {
    fn default() -> Self {
        Self {
            kind: KIND.to_owned(),
            names: CdiDeviceNames::default(),
            files: DriverFiles::default(),
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

    /// Sets the locations of `/proc`, for reading minor numbers, and of `/dev` as the container engine sees it. In the
    /// container, the nodes are always under `/dev`.
    pub fn with_driver_files(mut self, files: DriverFiles) -> Self {
        self.files = files;
        self
    }

    /// Builds the specification for these MIG devices.
    ///
    /// # Errors
    ///
    /// [`CdiError`]: for no device at all, a device or kind that CDI does not allow, one device twice, a MIG device that
    /// is gone, and files of the driver that do not give a minor number.
    pub fn build<'a>(
        &self,
        devices: impl IntoIterator<Item = &'a MigDevice>,
    ) -> Result<CdiSpec, CdiError> {
        let (_, class) = vendor_and_class(&self.kind)?;
        let shared = self.edits(&[
            &self.files.dev().join("nvidiactl"),
            &self.files.dev().join("nvidia-uvm"),
        ])?;
        let mut spec = CdiSpec::new(version(class), self.kind.as_str(), Vec::new())
            .with_container_edits(shared);
        for device in devices {
            self.add(&mut spec.devices, device)?;
        }
        if spec.devices.is_empty() {
            return Err(CdiError::Empty);
        }
        Ok(spec)
    }

    fn add(&self, devices: &mut Vec<CdiDevice>, device: &MigDevice) -> Result<(), CdiError> {
        let nodes = device.nodes(&self.files)?;
        let container_edits = self.own_edits(&nodes)?;
        for name in self.names_of(device)? {
            check_device(&name)?;
            if devices.iter().any(|known| known.name == name) {
                return Err(CdiError::Twice { name });
            }
            devices.push(CdiDevice::new(name, container_edits.clone()));
        }
        Ok(())
    }

    fn names_of(&self, device: &MigDevice) -> Result<Vec<String>, CdiError> {
        Ok(match self.names {
            CdiDeviceNames::Uuid => vec![device.uuid()?],
            CdiDeviceNames::Index => vec![index_name(device)?],
            CdiDeviceNames::UuidAndIndex => vec![device.uuid()?, index_name(device)?],
        })
    }

    /// Returns the nodes of this MIG device, without those shared by all MIG devices.
    fn own_edits(&self, nodes: &MigDeviceNodes) -> Result<CdiContainerEdits, CdiError> {
        self.edits(&[
            &nodes.gpu,
            &nodes.gpu_instance.path,
            &nodes.compute_instance.path,
        ])
    }

    fn edits(&self, paths: &[&Path]) -> Result<CdiContainerEdits, CdiError> {
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

/// Such as `0:1`.
fn index_name(device: &MigDevice) -> Result<String, Error> {
    let (gpu, mig_device) = (device.parent()?.index()?, device.index()?);
    Ok(format!("{gpu}:{mig_device}"))
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

impl fmt::Display for CdiDeviceNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Uuid => "UUID",
            Self::Index => "index",
            Self::UuidAndIndex => "UUID and index",
        })
    }
}
