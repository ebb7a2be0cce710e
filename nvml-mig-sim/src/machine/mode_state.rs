//! MIG mode, and the outcome of a change.

use serde::{Deserialize, Serialize};

/// MIG mode of a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MigMode {
    /// Whether MIG mode is on.
    pub current: bool,
    /// Whether MIG mode will be on after the next reset.
    pub pending: bool,
}

impl MigMode {
    /// Returns a mode with nothing pending.
    #[must_use]
    pub const fn settled(on: bool) -> Self {
        Self {
            current: on,
            pending: on,
        }
    }
}

/// The outcome of a mode change: `activationStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// The mode has taken effect.
    Done,
    /// Processes prevent the GPU from being reset.
    InUse,
    /// The virtual machine can't reset the GPU and must be rebooted.
    ResetRequired,
}

impl Activation {
    /// Returns the outcome as a return code.
    #[must_use]
    pub const fn code(self) -> u32 {
        match self {
            Self::Done => 0,
            Self::ResetRequired => 16,
            Self::InUse => 19,
        }
    }
}
