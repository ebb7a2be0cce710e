//! The privilege of the caller.

use serde::{Deserialize, Serialize};

use crate::machine::refusal::{Answer, Refusal};

/// The privilege of the calling process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Caller {
    /// Root, or a process with `CAP_SYS_ADMIN`.
    #[default]
    Root,
    /// A process without root that may open the driver's `mig/config` capability.
    Capability,
    /// Neither; may only read MIG devices and profiles.
    Unprivileged,
    /// A container that was given MIG devices only: as unprivileged, and the memory of whole GPUs is refused. It may be
    /// limited to some of the devices.
    Container,
    /// A process with `CAP_SYS_ADMIN` in a container without the device node of the `mig/config` capability.
    NoConfigNode,
}

impl Caller {
    /// Checks the privilege for calls that change or list instances.
    ///
    /// # Errors
    ///
    /// [`Refusal::NoPermission`] for an unprivileged caller.
    pub fn require_privilege(self) -> Answer {
        match self {
            Self::Root | Self::Capability => Ok(()),
            Self::Unprivileged | Self::Container | Self::NoConfigNode => Err(Refusal::NoPermission),
        }
    }

    /// Whether the nodes of the `mig/config` and `mig/monitor` capabilities are there, whoever may open them.
    #[must_use]
    pub fn has_configuration_nodes(self) -> bool {
        !matches!(self, Self::Container | Self::NoConfigNode)
    }
}
