//! Why container engines would not use a specification as intended.

use core::fmt;
use std::path::PathBuf;

use crate::quoted::{self, Quoted, joined};

/// Why container engines would not use a specification as intended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum CdiProblem {
    /// The specification has no device. Engines report such a file as invalid.
    NoDevice,
    /// A device node does not exist, so no container with these devices starts. Feature `nodes` can create those of MIG
    /// devices.
    #[non_exhaustive]
    MissingNode {
        /// Path on the host.
        path: PathBuf,
        /// Names of the devices that need it.
        devices: Vec<String>,
    },
    /// Another file, such as a link, is in the place of a device node, so no container with these devices starts.
    #[non_exhaustive]
    NotADevice {
        /// Path on the host.
        path: PathBuf,
        /// Names of the devices that need it.
        devices: Vec<String>,
    },
    /// Engines do not read the file of the specification: it is not in one of their folders, or its name does not end in
    /// `.json` or `.yaml`.
    #[non_exhaustive]
    NotRead {
        /// The file of the specification.
        file: PathBuf,
    },
    /// Another file in the same folder defines the same device. Engines then reject it.
    #[non_exhaustive]
    Conflict {
        /// Qualified name of the device.
        device: String,
        /// The other file that defines the device.
        file: PathBuf,
    },
    /// A file in a folder of higher precedence defines the same device. Engines use that one.
    #[non_exhaustive]
    Overridden {
        /// Qualified name of the device.
        device: String,
        /// The other file that defines the device.
        file: PathBuf,
    },
    /// A file in a folder of lower precedence defines the same device. Engines do not use that one, which may mount more
    /// than device nodes.
    #[non_exhaustive]
    Overrides {
        /// Qualified name of the device.
        device: String,
        /// The other file that defines the device.
        file: PathBuf,
    },
    /// Another specification, or a folder of specifications, can't be read. Whether it defines the same devices is
    /// unknown.
    #[non_exhaustive]
    Unreadable {
        /// The file or folder.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl fmt::Display for CdiProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDevice => {
                f.write_str("the specification has no device: remove the file instead")
            }
            Self::MissingNode { path, devices } => {
                let (path, devices) = (quoted::path(path), joined(devices, ", "));
                write!(
                    f,
                    "{path} does not exist: no container with {devices} can start"
                )
            }
            Self::NotADevice { path, devices } => {
                let (path, devices) = (quoted::path(path), joined(devices, ", "));
                write!(
                    f,
                    "{path} is not a device node: no container with {devices} can start"
                )
            }
            Self::NotRead { file } => {
                let file = quoted::path(file);
                write!(
                    f,
                    "{file} is not a *.json or *.yaml file in a folder that engines read"
                )
            }
            Self::Conflict { device, file } => {
                let (device, file) = (Quoted(device), quoted::path(file));
                write!(
                    f,
                    "{file} also defines {device}: engines reject both; choose another kind"
                )
            }
            Self::Overridden { device, file } => {
                let device = Quoted(device);
                write!(
                    f,
                    "{} also defines {device}, and takes precedence",
                    quoted::path(file)
                )
            }
            Self::Overrides { device, file } => {
                let device = Quoted(device);
                write!(
                    f,
                    "{} also defines {device}, and is not used",
                    quoted::path(file)
                )
            }
            Self::Unreadable { file, reason } => {
                write!(f, "{}: {}", quoted::path(file), Quoted(reason))
            }
        }
    }
}
