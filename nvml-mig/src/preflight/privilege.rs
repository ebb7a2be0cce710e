//! The privilege of a process to create instances.

use core::fmt;
use std::fs::File;

use super::GpuPreflight;
use crate::error::environment::Environment;
use crate::node::{Capability, DriverFiles};

/// The privilege of this process to create and destroy instances, determined by reading only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Privilege {
    /// `CAP_SYS_ADMIN`, which root has unless a container removed it. The driver checks this capability and not the user id.
    /// In a user namespace, such as that of a rootless container, it has no effect (driver).
    SysAdmin,
    /// Access to the device node of [`Capability::Config`].
    Config,
    /// The driver answered a privileged query, although `/proc` and `/dev` show no privilege.
    ConfirmedByDriver,
    /// Access to the device node of [`Capability::Monitor`], which permits listing instances but not creating them.
    Monitor,
    /// None, or the driver rejected a privileged query.
    None,
}

impl Privilege {
    /// Returns whether it suffices to create and destroy instances.
    #[must_use]
    pub const fn may_create(self) -> bool {
        matches!(
            self,
            Self::SysAdmin | Self::Config | Self::ConfirmedByDriver
        )
    }

    /// Determines the privilege from the files under `/proc` and `/dev`.
    pub(super) fn of_process(files: &DriverFiles) -> Self {
        if Environment::of(files.proc(), files.dev()).is_privileged() {
            Self::SysAdmin
        } else if may_open(files, Capability::Config) {
            Self::Config
        } else if may_open(files, Capability::Monitor) {
            Self::Monitor
        } else {
            Self::None
        }
    }

    /// Corrects the result by the driver's answers, which count more than files. `Monitor` suffices for a privileged
    /// query.
    pub(super) fn in_view_of(self, gpus: &[GpuPreflight]) -> Self {
        let said = |answer| gpus.iter().any(|gpu| gpu.privileged_answer == Some(answer));
        match self {
            _ if said(false) => Self::None,
            Self::None if said(true) => Self::ConfirmedByDriver,
            by_files => by_files,
        }
    }
}

/// Prints, for example, `CAP_SYS_ADMIN`.
impl fmt::Display for Privilege {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SysAdmin => "CAP_SYS_ADMIN",
            Self::Config => "the mig/config capability",
            Self::ConfirmedByDriver => "the driver answers privileged queries",
            Self::Monitor => "the mig/monitor capability, which permits only listing",
            Self::None => "none",
        })
    }
}

/// Opening the node is harmless: the capability goes with the file descriptor, which is closed at once.
fn may_open(files: &DriverFiles, capability: Capability) -> bool {
    let node = files.capability_node(capability);
    node.is_ok_and(|node| File::open(node.path).is_ok())
}
