//! The privilege of a process to create instances.

use core::fmt;
use std::fs::File;

use super::GpuPreflight;
use crate::node::{Capability, DriverFiles};

/// Number of `CAP_SYS_ADMIN` in Linux.
const CAP_SYS_ADMIN: u32 = 21;

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
        if has_sys_admin(files) && !is_in_user_namespace(files) {
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

/// Reads the line `CapEff: 000001ffffffffff`, in which each bit is a capability.
fn has_sys_admin(files: &DriverFiles) -> bool {
    let Ok(status) = files.read("self/status") else {
        return false;
    };
    let effective = status
        .lines()
        .find_map(|(_, line)| line.strip_prefix("CapEff:"));
    let bits = effective.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok());
    bits.is_some_and(|bits| bits >> CAP_SYS_ADMIN & 1 == 1)
}

/// The first user namespace maps every user id to itself: `0 0 4294967295`.
fn is_in_user_namespace(files: &DriverFiles) -> bool {
    let Ok(map) = files.read("self/uid_map") else {
        return false;
    };
    let first = map.lines().next().map(|(_, line)| line);
    let words: Vec<&str> = first.unwrap_or_default().split_whitespace().collect();
    words != ["0", "0", "4294967295"]
}

/// Opening the node is harmless: the capability goes with the file descriptor, which is closed at once.
fn may_open(files: &DriverFiles, capability: Capability) -> bool {
    let node = files.capability_node(capability);
    node.is_ok_and(|node| File::open(node.path).is_ok())
}
