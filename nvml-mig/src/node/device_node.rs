//! The device nodes that the driver expects, and what is in their place (feature `nodes`, on Linux).

mod create;
mod expected;
mod parameters;

use core::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::PathBuf;
use std::process::Command;

use rustix::fs::{major, minor};

use super::{Capability, DriverFiles};
use crate::error::{DriverFileError, Error};

/// A device node as the driver expects it: its numbers, mode and owner are those that NVIDIA's tools would give it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct DeviceNode {
    /// What the node is for.
    pub kind: DeviceNodeKind,
    /// Path, such as `/dev/nvidia-caps/nvidia-cap439`.
    pub path: PathBuf,
    /// Major number of the device, such as 195 for GPUs.
    pub major_number: u32,
    /// Minor number of the device, such as 0 for `/dev/nvidia0`.
    pub minor_number: u32,
    /// Permissions, such as `0o444` (`DeviceFileMode`).
    pub mode: u32,
    /// Id of the user to whom it belongs, 0 for root (`DeviceFileUID`).
    pub user_id: u32,
    /// Id of the group to which it belongs, 0 for root (`DeviceFileGID`).
    pub group_id: u32,
    /// Whether the driver lets programs create the node (`ModifyDeviceFiles`, `DeviceFileModify`); `false` if the
    /// administrator creates the nodes.
    pub may_be_created: bool,
}

/// What a device node is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum DeviceNodeKind {
    /// Control of all GPUs, `/dev/nvidiactl`.
    Control,
    /// Unified memory of all GPUs, `/dev/nvidia-uvm`.
    UnifiedMemory,
    /// A GPU, `/dev/nvidiaN`.
    Gpu,
    /// A capability, `/dev/nvidia-caps/nvidia-cap...`.
    Capability(Capability),
}

impl fmt::Display for DeviceNodeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Control => f.write_str("control"),
            Self::UnifiedMemory => f.write_str("unified memory"),
            Self::Gpu => f.write_str("GPU"),
            Self::Capability(capability) => write!(f, "capability {capability}"),
        }
    }
}

/// A device node that is missing, or in whose place something else is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct MissingNode {
    /// The node that the driver expects.
    pub node: DeviceNode,
    /// What is in its place.
    pub fault: NodeFault,
}

impl MissingNode {
    /// Creates a missing node, for example in a test. [`DriverFiles::missing_nodes`] finds those of a machine.
    #[must_use]
    pub const fn new(node: DeviceNode, fault: NodeFault) -> Self {
        Self { node, fault }
    }
}

/// Prints, for example, `/dev/nvidia-caps/nvidia-cap12 does not exist`.
impl fmt::Display for MissingNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.node.path.display(), self.fault)
    }
}

/// What is in the place of a device node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum NodeFault {
    /// The path does not exist.
    Absent,
    /// A file of another type, such as a link: container engines read the node itself.
    NotACharacterDevice,
    /// A character device with other numbers, as after a reboot if `/dev` is an image that outlived it.
    OtherDevice {
        /// Major number of the device that was found.
        major_number: u32,
        /// Minor number of the device that was found.
        minor_number: u32,
    },
}

impl fmt::Display for NodeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("does not exist"),
            Self::NotACharacterDevice => f.write_str("is not a character device"),
            Self::OtherDevice {
                major_number,
                minor_number,
            } => write!(f, "is another device, {major_number}:{minor_number}"),
        }
    }
}

impl DeviceNode {
    /// Creates a node that belongs to root and that all users may read and write, for example in a test.
    /// [`DriverFiles::device_nodes`] reads the driver's files instead.
    ///
    /// # Examples
    ///
    /// ```
    /// use nvml_mig::node::{DeviceNode, DeviceNodeKind};
    ///
    /// let control = DeviceNode::new(DeviceNodeKind::Control, "/dev/nvidiactl", 195, 255);
    /// assert_eq!(control.mode, 0o666);
    /// ```
    #[must_use]
    pub fn new(
        kind: DeviceNodeKind,
        path: impl Into<PathBuf>,
        major_number: u32,
        minor_number: u32,
    ) -> Self {
        Self {
            kind,
            path: path.into(),
            major_number,
            minor_number,
            mode: 0o666,
            user_id: 0,
            group_id: 0,
            may_be_created: true,
        }
    }

    /// Sets the permissions, such as `0o444`.
    #[must_use]
    pub fn with_mode(self, mode: u32) -> Self {
        Self { mode, ..self }
    }

    /// Sets the user and the group to whom the node belongs.
    #[must_use]
    pub fn with_owner(self, user_id: u32, group_id: u32) -> Self {
        Self {
            user_id,
            group_id,
            ..self
        }
    }

    /// Sets whether programs may create the node.
    #[must_use]
    pub fn with_may_be_created(self, may_be_created: bool) -> Self {
        Self {
            may_be_created,
            ..self
        }
    }

    /// Returns what is in the place of the node, or `None` if it is the node itself. Permissions and owner are not
    /// compared, since an administrator may have changed them.
    ///
    /// # Examples
    ///
    /// ```
    /// use nvml_mig::node::{DeviceNode, DeviceNodeKind, NodeFault};
    ///
    /// let null = DeviceNode::new(DeviceNodeKind::Gpu, "/dev/null", 195, 0);
    /// let found = NodeFault::OtherDevice { major_number: 1, minor_number: 3 };
    /// assert_eq!(null.fault()?, Some(found));
    /// # Ok::<(), nvml_mig::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::DriverFile`] if this process lacks permission to inspect the path.
    pub fn fault(&self) -> Result<Option<NodeFault>, Error> {
        // A container engine does not follow a link either.
        let found = match fs::symlink_metadata(&self.path) {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Some(NodeFault::Absent));
            }
            Err(error) => return Err(self.error(error, "can't be inspected").into()),
        };
        if !found.file_type().is_char_device() {
            return Ok(Some(NodeFault::NotACharacterDevice));
        }
        let (major_number, minor_number) = (major(found.rdev()), minor(found.rdev()));
        let is_same = (major_number, minor_number) == (self.major_number, self.minor_number);
        Ok((!is_same).then_some(NodeFault::OtherDevice {
            major_number,
            minor_number,
        }))
    }

    /// Returns the command with which NVIDIA's `nvidia-modprobe` creates this node. The program usually has the
    /// set-user-ID bit, so that it works for any user. It always creates the node in its own `/dev`, and replaces what
    /// is in its place.
    ///
    /// # Examples
    ///
    /// ```
    /// use nvml_mig::node::{Capability, DeviceNode, DeviceNodeKind};
    ///
    /// let kind = DeviceNodeKind::Capability(Capability::Config);
    /// let node = DeviceNode::new(kind, "/dev/nvidia-caps/nvidia-cap1", 235, 1);
    /// let command = format!("{:?}", node.nvidia_modprobe());
    /// assert_eq!(command, r#""nvidia-modprobe" "-f" "/proc/driver/nvidia/capabilities/mig/config""#);
    /// ```
    #[must_use]
    #[doc(alias = "nvidia-modprobe")]
    pub fn nvidia_modprobe(&self) -> Command {
        let mut command = Command::new("nvidia-modprobe");
        let minor = self.minor_number.to_string();
        match self.kind {
            DeviceNodeKind::Control | DeviceNodeKind::Gpu => command.args(["-c", &minor]),
            // It also loads the module.
            DeviceNodeKind::UnifiedMemory => command.args(["-u", "-c", &minor]),
            DeviceNodeKind::Capability(capability) => command
                .arg("-f")
                .arg(DriverFiles::new().access_file(capability)),
        };
        command
    }

    fn error(&self, source: io::Error, message: impl Into<String>) -> DriverFileError {
        DriverFileError {
            path: self.path.clone(),
            line: None,
            kind: source.kind(),
            message: message.into(),
            source: Some(source),
        }
    }
}
