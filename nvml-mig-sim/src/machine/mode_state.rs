//! MIG mode as data: what it is, and what became of a change.

use serde::{Deserialize, Serialize};

/// MIG mode of a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MigMode {
    /// Whether it is on.
    pub current: bool,
    /// Whether it will be on after the next reset.
    pub pending: bool,
}

impl MigMode {
    /// On or off, with nothing pending.
    #[must_use]
    pub const fn settled(on: bool) -> Self {
        Self {
            current: on,
            pending: on,
        }
    }
}

/// What became of the attempt to activate a mode: `activationStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// The mode is in force.
    Done,
    /// Processes keep the GPU from being reset.
    InUse,
    /// The virtual machine can't reset the GPU: it must be rebooted.
    ResetRequired,
}

impl Activation {
    /// As a return code.
    #[must_use]
    pub const fn code(self) -> u32 {
        match self {
            Self::Done => 0,
            Self::ResetRequired => 16,
            Self::InUse => 19,
        }
    }
}
