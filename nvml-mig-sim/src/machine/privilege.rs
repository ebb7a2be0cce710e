//! Who calls.

use serde::{Deserialize, Serialize};

use crate::machine::refusal::{Answer, Refusal};

/// The privilege of the calling process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Caller {
    /// Root, or `CAP_SYS_ADMIN`.
    #[default]
    Root,
    /// Not root, but may open the driver's `mig/config` capability.
    Capability,
    /// Neither: may only look at MIG devices and profiles.
    Unprivileged,
}

impl Caller {
    /// What every call that changes or lists instances demands.
    ///
    /// # Errors
    ///
    /// [`Refusal::NoPermission`] for an unprivileged caller.
    pub fn require_privilege(self) -> Answer {
        match self {
            Self::Root | Self::Capability => Ok(()),
            Self::Unprivileged => Err(Refusal::NoPermission),
        }
    }
}
