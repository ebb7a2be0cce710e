//! MIG mode of a GPU.

use core::fmt;

use nvml_mig_sys as sys;

use crate::error::ReturnCode;
use crate::id::c_enum;

c_enum! {
    /// MIG mode of a GPU: whether it can be partitioned.
    MigMode {
        /// The GPU is used as a whole.
        Disabled = sys::NVML_DEVICE_MIG_DISABLE, "NVML_DEVICE_MIG_DISABLE";
        /// GPU instances can be created.
        Enabled = sys::NVML_DEVICE_MIG_ENABLE, "NVML_DEVICE_MIG_ENABLE";
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

/// MIG mode now and after the next GPU reset. The two differ while a change is pending.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "Named", from = "Named")
)]
pub struct MigModes {
    // NVML's numbers, the current one in the lower half: both are returned in one register, and decoded when asked for.
    numbers: u64,
}

impl MigModes {
    /// Creates a value from these two modes.
    #[must_use]
    pub const fn new(current: MigMode, pending: MigMode) -> Self {
        Self::from_numbers([current.number(), pending.number()])
    }

    #[inline]
    pub(super) const fn from_numbers([current, pending]: [u32; 2]) -> Self {
        let numbers = current as u64 | (pending as u64) << 32;
        Self { numbers }
    }

    /// Both, as one number.
    #[inline]
    pub(super) const fn numbers(self) -> u64 {
        self.numbers
    }

    /// Returns the mode now.
    #[must_use]
    #[inline]
    pub const fn current(self) -> MigMode {
        MigMode::from_number((self.numbers & 0xffff_ffff) as u32)
    }

    /// Returns the mode after the next GPU reset.
    #[must_use]
    #[inline]
    pub const fn pending(self) -> MigMode {
        MigMode::from_number((self.numbers >> 32) as u32)
    }
}

#[cfg(any(feature = "apply", feature = "preflight"))]
impl MigModes {
    /// Returns, for example, `disabled, and enabled after a GPU reset or reboot`.
    pub(crate) fn words(self) -> String {
        let (current, pending) = (self.current(), self.pending());
        if current == pending {
            current.to_string()
        } else {
            format!("{current}, and {pending} after a GPU reset or reboot")
        }
    }
}

impl fmt::Debug for MigModes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MigModes")
            .field("current", &self.current())
            .field("pending", &self.pending())
            .finish()
    }
}

/// How the two are written by serde.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(rename = "MigModes")]
struct Named {
    current: MigMode,
    pending: MigMode,
}

#[cfg(feature = "serde")]
impl From<MigModes> for Named {
    fn from(modes: MigModes) -> Self {
        Self {
            current: modes.current(),
            pending: modes.pending(),
        }
    }
}

#[cfg(feature = "serde")]
impl From<Named> for MigModes {
    fn from(named: Named) -> Self {
        Self::new(named.current, named.pending)
    }
}

/// The result of a request to change MIG mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
#[must_use = "the driver may accept a MIG mode without activating it"]
pub enum MigModeChange {
    /// The mode took effect.
    #[non_exhaustive]
    Active {
        /// The minor number of the GPU, if the change altered it; `None` if it did not, or if NVML does not report it.
        minor_number_change: Option<MinorNumberChange>,
    },
    /// The driver recorded the mode but did not activate it: it takes effect at a GPU reset or a reboot.
    #[non_exhaustive]
    Pending {
        /// The reason: `IN_USE` while clients use the GPU, `RESET_REQUIRED` if this machine cannot reset it (a pass-through
        /// virtual machine), or another code; `None` if the driver gave none.
        reason: Option<ReturnCode>,
    },
}

/// N of `/dev/nvidiaN` before and after a change of MIG mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct MinorNumberChange {
    /// The number before.
    pub before: u32,
    /// The number now.
    pub after: u32,
}

impl MinorNumberChange {
    /// Creates a change from one number to another.
    #[must_use]
    pub const fn new(before: u32, after: u32) -> Self {
        Self { before, after }
    }
}

impl MigModeChange {
    /// Creates the answer that the mode took effect.
    pub const fn active(minor_number_change: Option<MinorNumberChange>) -> Self {
        Self::Active {
            minor_number_change,
        }
    }

    /// Creates the answer that the mode is pending, for this reason.
    pub const fn pending(reason: Option<ReturnCode>) -> Self {
        Self::Pending { reason }
    }
}

/// Prints, for example, `/dev/nvidia0 is now /dev/nvidia1`.
impl fmt::Display for MinorNumberChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { before, after } = self;
        write!(f, "/dev/nvidia{before} is now /dev/nvidia{after}")
    }
}

impl fmt::Display for MigModeChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Active {
                minor_number_change: Some(change),
            } => write!(f, "active; {change}"),
            Self::Active { .. } => f.write_str("active"),
            Self::Pending {
                reason: Some(reason),
            } => write!(f, "pending until a GPU reset or reboot: {reason}"),
            Self::Pending { .. } => f.write_str("pending until a GPU reset or reboot"),
        }
    }
}
