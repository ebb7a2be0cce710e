//! MIG mode of a GPU.

use core::fmt;

use nvml_mig_sys as sys;

use crate::architecture::Architecture;
use crate::call::{Failure, call, check};
use crate::device::Device;
use crate::error::Error;
use crate::explain;
use crate::return_code::ReturnCode;

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
    const fn from_number(number: u32) -> Self {
        match number {
            sys::NVML_DEVICE_MIG_DISABLE => Self::Disabled,
            sys::NVML_DEVICE_MIG_ENABLE => Self::Enabled,
            other => Self::Other(other),
        }
    }

    const fn number(self) -> u32 {
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

impl Device {
    /// MIG mode now and after the next reset.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotSupported`] on a GPU without MIG.
    #[doc(alias = "nvmlDeviceGetMigMode")]
    pub fn mig_mode(&self) -> Result<MigModes, Error> {
        self.mig_mode_or_failure()
            .map_err(|failure| self.error_about(failure, |_| {}, explain::mig_mode))
    }

    pub(crate) fn mig_mode_or_failure(&self) -> Result<MigModes, Failure> {
        let library = self.driver().library();
        let (mut current, mut pending) = (0, 0);
        call!(library.nvmlDeviceGetMigMode(self.handle(), &mut current, &mut pending))?;
        Ok(MigModes {
            current: MigMode::from_number(current),
            pending: MigMode::from_number(pending),
        })
    }

    /// Asks for a MIG mode, and says whether it is in force. Needs root or `CAP_SYS_ADMIN`.
    ///
    /// On Ampere a change needs a GPU reset, which the driver tries at once if nobody uses the GPU; the mode
    /// outlives a reboot. On Hopper and newer it is immediate and does not. Destroy compute instances and GPU
    /// instances before disabling (MIG user guide).
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotSupported`] on a GPU without MIG and in a vGPU guest, [`ReturnCode::NoPermission`] without the
    /// privilege, [`ReturnCode::InUse`] when Hopper or newer is busy, and [`ReturnCode::InvalidArgument`] for a mode
    /// that the driver does not know.
    #[doc(alias = "nvmlDeviceSetMigMode")]
    pub fn set_mig_mode(&self, mode: MigMode) -> Result<MigModeChange, Error> {
        let library = self.driver().library();
        let minor_before = self.minor_number().ok();
        let mut activation = sys::nvmlReturn_t::NVML_SUCCESS;
        call!(library.nvmlDeviceSetMigMode(self.handle(), mode.number(), &mut activation))
            .map_err(|failure| {
                self.error_about(failure, |_| {}, |code| explain::set_mig_mode(self, code))
            })?;
        // The call's own code says only that the mode was taken down (nvml.h), so the mode itself is read back.
        if self.mig_mode()?.current == mode {
            let minors = minor_before.zip(self.minor_number().ok());
            let minor_number_moved = minors.filter(|(before, after)| before != after);
            return Ok(MigModeChange::Active { minor_number_moved });
        }
        let reason = check("nvmlDeviceSetMigMode", activation)
            .err()
            .and_then(Failure::code);
        Ok(MigModeChange::Pending { reason })
    }

    /// Whether a change of MIG mode needs a GPU reset, as on Ampere.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotSupported`] on a GPU without MIG.
    #[doc(alias = "NVML_FI_DEV_IS_RESETLESS_MIG_SUPPORTED")]
    pub fn mig_mode_change_needs_reset(&self) -> Result<bool, Error> {
        self.mig_mode()?;
        match self.field(sys::NVML_FI_DEV_IS_RESETLESS_MIG_SUPPORTED) {
            Some(resetless) => Ok(resetless == 0),
            // A driver from before Hopper does not know the field; MIG was on Ampere only then.
            None => Ok(self.architecture()? == Architecture::Ampere),
        }
    }

    /// Whether this driver lists profiles while MIG mode is off. Up to 535 drivers do not: that
    /// [`gpu_instance_profiles`](Self::gpu_instance_profiles) fails there does not mean that the GPU has none.
    ///
    /// # Errors
    ///
    /// [`ReturnCode::NotSupported`] on a GPU without MIG.
    #[doc(alias = "NVML_FI_DEV_IS_MIG_MODE_INDEPENDENT_MIG_QUERY_CAPABLE")]
    pub fn lists_profiles_while_mig_is_off(&self) -> Result<bool, Error> {
        self.mig_mode()?;
        Ok(self.field(sys::NVML_FI_DEV_IS_MIG_MODE_INDEPENDENT_MIG_QUERY_CAPABLE) == Some(1))
    }

    /// A field whose value is an unsigned number; `None` if the driver does not know it.
    fn field(&self, id: u32) -> Option<u64> {
        let library = self.driver().library();
        let mut field = sys::nvmlFieldValue_t {
            fieldId: id,
            ..Default::default()
        };
        call!(library.nvmlDeviceGetFieldValues(self.handle(), 1, &mut field)).ok()?;
        check("nvmlDeviceGetFieldValues", field.nvmlReturn).ok()?;
        nvml_mig_sys::field_value_as_u64(&field)
    }
}
