//! A MIG mode that is pending, and what makes it take effect.

use core::fmt;

use crate::error::ReturnCode;
use crate::query::{Device, MigMode, ProcessInfo, process_names};
use crate::quoted::Quoted;

/// A GPU whose MIG mode was set but is not active yet.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct PendingMigMode {
    /// UUID of the GPU.
    pub uuid: String,
    /// The mode that is pending.
    pub mode: MigMode,
    /// What makes it take effect.
    pub how: ResetMethod,
    /// Why it is pending, if the driver gives a reason.
    pub reason: Option<ReturnCode>,
    /// Whether it stays pending; otherwise the options asked to take it back.
    pub stays: bool,
    /// Whether the instances of the GPU were destroyed before, to disable MIG mode. If the mode stays pending, they stay
    /// destroyed.
    pub instances_destroyed: bool,
}

/// What makes a pending MIG mode take effect. On Ampere a change of the mode needs a GPU reset.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ResetMethod {
    /// A reset of the GPU, such as by `nvidia-smi --gpu-reset`, or a reboot.
    GpuReset,
    /// A reboot of this virtual machine, which can't reset the GPU that is passed through to it.
    GuestReboot,
    /// The end of the programs that use the GPU: applying the plan again then resets it. Also a reboot.
    #[non_exhaustive]
    StopClients {
        /// The processes that NVML lists. Programs that only keep the driver open, such as DCGM or nvidia-persistenced, are
        /// not among them.
        processes: Vec<ProcessInfo>,
    },
}

impl PendingMigMode {
    /// Creates a mode that stays pending, without a reason, for example in a test.
    ///
    /// # Examples
    ///
    /// ```
    /// use nvml_mig::MigMode;
    /// use nvml_mig::apply::{PendingMigMode, ResetMethod};
    ///
    /// let pending = PendingMigMode::new("GPU-1", MigMode::Enabled, ResetMethod::GuestReboot);
    /// assert_eq!(
    ///     pending.to_string(),
    ///     "GPU GPU-1: MIG mode enabled is pending until this virtual machine is rebooted: reboot it, then apply again"
    /// );
    /// ```
    #[must_use]
    pub fn new(uuid: impl Into<String>, mode: MigMode, how: ResetMethod) -> Self {
        Self {
            uuid: uuid.into(),
            mode,
            how,
            reason: None,
            stays: true,
            instances_destroyed: false,
        }
    }

    /// Sets whether the instances of the GPU were destroyed before.
    #[must_use]
    pub fn with_instances_destroyed(self, instances_destroyed: bool) -> Self {
        Self {
            instances_destroyed,
            ..self
        }
    }

    /// Sets whether it stays pending.
    #[must_use]
    pub fn with_stays(self, stays: bool) -> Self {
        Self { stays, ..self }
    }

    /// Sets why it is pending.
    #[must_use]
    pub fn with_reason(self, reason: Option<ReturnCode>) -> Self {
        Self { reason, ..self }
    }
}

impl PendingMigMode {
    /// The sentence without the GPU.
    pub(super) fn sentence(&self) -> String {
        let Self { mode, how, .. } = self;
        let advice = how.advice(&self.uuid);
        if self.stays && self.instances_destroyed {
            format!(
                "its instances were destroyed, and MIG mode {mode} is pending until {how}: {advice}, then apply again"
            )
        } else if self.stays {
            format!("MIG mode {mode} is pending until {how}: {advice}, then apply again")
        } else {
            let advice = how.advice_once_taken_back(&self.uuid);
            format!("MIG mode {mode} would be pending until {how}, and was taken back: {advice}")
        }
    }
}

impl ResetMethod {
    /// Creates the method for a GPU that these processes use.
    #[must_use]
    pub const fn stop_clients(processes: Vec<ProcessInfo>) -> Self {
        Self::StopClients { processes }
    }

    /// The method for a mode that is pending on this GPU for this reason.
    pub(super) fn of(device: &Device, reason: Option<ReturnCode>) -> Self {
        if device.is_pass_through() {
            return Self::GuestReboot;
        }
        // A list that can't be read names nobody, as one without the programs that only keep the driver open.
        let processes = device.processes().unwrap_or_default();
        if reason == Some(ReturnCode::InUse) || !processes.is_empty() {
            Self::StopClients { processes }
        } else {
            Self::GpuReset
        }
    }

    /// What to do to this GPU once its pending mode was taken back. Then nothing is left that a reset or reboot activates.
    fn advice_once_taken_back(&self, uuid: &str) -> String {
        match self {
            Self::StopClients { .. } => format!("{}, then apply again", self.advice(uuid)),
            Self::GpuReset | Self::GuestReboot => "apply again, and let it stay pending".to_owned(),
        }
    }

    /// What to do to this GPU, such as `reboot it`.
    fn advice(&self, uuid: &str) -> String {
        match self {
            Self::GpuReset => format!("run `nvidia-smi --gpu-reset -i {}`", Quoted(uuid)),
            Self::GuestReboot => "reboot it".to_owned(),
            Self::StopClients { processes } => match process_names(processes).as_slice() {
                [] => "NVML lists no process, so stop programs that keep the driver open, such as DCGM and its exporter, \
                       nvidia-persistenced, Xorg or a device plugin"
                    .to_owned(),
                names => format!("stop {}", names.join(", ")),
            },
        }
    }
}

/// Prints, for example, `the GPU is reset`, as the end of a sentence with "until".
impl fmt::Display for ResetMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GpuReset => "the GPU is reset",
            Self::GuestReboot => "this virtual machine is rebooted",
            Self::StopClients { .. } => "no program uses the GPU",
        })
    }
}

/// Prints what is pending, until when, and what to do.
impl fmt::Display for PendingMigMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GPU {}: {}", Quoted(&self.uuid), self.sentence())
    }
}
