//! MIG mode of a GPU.

use core::fmt;

use nvml_mig_sys as sys;

use crate::error::ReturnCode;

/// Whether a GPU is partitioned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum MigMode {
    /// One whole GPU.
    #[doc(alias = "NVML_DEVICE_MIG_DISABLE")]
    Disabled,
    /// GPU instances can be made.
    #[doc(alias = "NVML_DEVICE_MIG_ENABLE")]
    Enabled,
    /// A mode that this crate has no name for.
    Other(u32),
}

impl MigMode {
    #[inline]
    pub(super) const fn from_number(number: u32) -> Self {
        match number {
            sys::NVML_DEVICE_MIG_DISABLE => Self::Disabled,
            sys::NVML_DEVICE_MIG_ENABLE => Self::Enabled,
            other => Self::Other(other),
        }
    }

    #[inline]
    pub(crate) const fn number(self) -> u32 {
        match self {
            Self::Disabled => sys::NVML_DEVICE_MIG_DISABLE,
            Self::Enabled => sys::NVML_DEVICE_MIG_ENABLE,
            Self::Other(number) => number,
        }
    }
}

impl fmt::Display for MigMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disabled => f.write_str("disabled"),
            Self::Enabled => f.write_str("enabled"),
            Self::Other(number) => write!(f, "mode {number}"),
        }
    }
}

/// MIG mode now, and after the next GPU reset. They differ while a change is pending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MigModes {
    /// Now.
    pub current: MigMode,
    /// After the next reset.
    pub pending: MigMode,
}

/// What a request to change MIG mode came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
#[must_use = "the driver may accept a MIG mode without activating it"]
pub enum MigModeChange {
    /// The mode is in force.
    Active {
        /// N of `/dev/nvidiaN` before and after, if the change moved it; `None` if it stayed, or NVML
        /// does not tell it.
        minor_number_moved: Option<(u32, u32)>,
    },
    /// The driver took the mode down and did not activate it: it waits for a GPU reset or a reboot.
    Pending {
        /// Why: `IN_USE` while clients run on the GPU, `RESET_REQUIRED` where this machine can't reset it (a
        /// pass-through virtual machine), or another code; `None` if the driver gave no reason.
        reason: Option<ReturnCode>,
    },
}
