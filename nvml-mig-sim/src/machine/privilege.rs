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
    /// A container that was given MIG devices only: as unprivileged, and the memory of the whole GPU is refused.
    Container,
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
            Self::Unprivileged | Self::Container => Err(Refusal::NoPermission),
        }
    }
}
