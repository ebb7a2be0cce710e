//! What can go wrong while something is applied.

use core::fmt;
use std::io;
use std::path::PathBuf;

use super::gpu_plan_error::GpuPlanError;
use super::rollback_report::Rollback;
use crate::error::{Error, ReturnCode};
use crate::plan::PlacedGpuInstance;
use crate::query::{MigMode, MigModes};

/// Something that was not applied: why, and what became of what had been done until then.
#[derive(Debug)]
#[non_exhaustive]
pub struct ApplyError {
    /// The reason.
    pub failure: Box<ApplyFailure>,
    /// What became of taking back what had been done; `None` if nothing had been changed.
    pub rollback: Option<Rollback>,
}

/// Why something was not applied.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyFailure {
    /// A process was killed while it applied something: [`recover`](crate::MachineLock::recover) first.
    #[error("an earlier change was interrupted and is noted in {}: roll it back first", journal.display())]
    Interrupted {
        /// The journal.
        journal: PathBuf,
    },
    /// The journal can't be written, read or removed.
    #[error("the journal {} can't be used", path.display())]
    Journal {
        /// The journal.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// More than one plan is for the same GPU.
    #[error("more than one plan for GPU {uuid}")]
    TwoPlans {
        /// UUID of the GPU.
        uuid: String,
    },
    /// The GPU has changed since the plan was made: plan again.
    #[error("GPU {uuid} has changed since the plan was made: plan again")]
    Changed {
        /// UUID of the GPU.
        uuid: String,
        /// MIG mode now.
        modes: MigModes,
        /// The instances now.
        found: Vec<PlacedGpuInstance>,
    },
    /// Processes were started, since the plan was made, on an instance that it would destroy.
    #[error("GPU {uuid}: processes are now running on {instance}: plan again")]
    Busy {
        /// UUID of the GPU.
        uuid: String,
        /// The instance.
        instance: PlacedGpuInstance,
    },
    /// The driver took a MIG mode down and did not activate it: the GPU must be reset first. The mode that was pending
    /// before is pending again.
    #[error("GPU {uuid}: MIG mode {mode} waits for a GPU reset{}", why(*reason))]
    ResetNeeded {
        /// UUID of the GPU.
        uuid: String,
        /// The mode that was asked for.
        mode: MigMode,
        /// Why it waits, if the driver says so.
        reason: Option<ReturnCode>,
    },
    /// With MIG mode on it turned out that the layout does not fit.
    #[error(transparent)]
    Plan(GpuPlanError),
    /// NVML refused a step.
    #[error("GPU {uuid}: could not {action}")]
    Step {
        /// UUID of the GPU.
        uuid: String,
        /// What was to be done, such as `create GPU instance 3g.20gb at 4:4`.
        action: String,
        /// The refusal.
        #[source]
        error: Error,
    },
    /// NVML refused to list the instances of a GPU.
    #[error("GPU {uuid}: its instances can't be read")]
    Read {
        /// UUID of the GPU.
        uuid: String,
        /// The refusal.
        #[source]
        error: Error,
    },
    /// Every step succeeded, and something else stands there than was planned.
    #[error(
        "GPU {uuid}: something else stands there than was planned: {}",
        list(found)
    )]
    NotAsPlanned {
        /// UUID of the GPU.
        uuid: String,
        /// What was found.
        found: Vec<PlacedGpuInstance>,
    },
    /// The progress function said stop.
    #[error("stopped before the end")]
    Stopped,
}

impl ApplyFailure {
    /// The refusal of NVML behind it, if there is one.
    #[must_use]
    pub const fn error(&self) -> Option<&Error> {
        match self {
            Self::Step { error, .. } | Self::Read { error, .. } => Some(error),
            _ => None,
        }
    }

    /// UUID of the GPU that the failure is about, if it is about one.
    #[must_use]
    pub fn uuid(&self) -> Option<&str> {
        match self {
            Self::TwoPlans { uuid }
            | Self::Changed { uuid, .. }
            | Self::Busy { uuid, .. }
            | Self::ResetNeeded { uuid, .. }
            | Self::Step { uuid, .. }
            | Self::Read { uuid, .. }
            | Self::NotAsPlanned { uuid, .. } => Some(uuid),
            Self::Plan(error) => error.uuid.as_deref(),
            Self::Interrupted { .. } | Self::Journal { .. } | Self::Stopped => None,
        }
    }
}

impl From<ApplyFailure> for ApplyError {
    fn from(failure: ApplyFailure) -> Self {
        let failure = Box::new(failure);
        Self {
            failure,
            rollback: None,
        }
    }
}

/// Such as `GPU GPU-...: could not create GPU instance 3g.20gb at 4:4; everything is again as it was`.
impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.rollback {
            Some(rollback) => write!(f, "{}; {rollback}", self.failure),
            None => write!(f, "{}; nothing was changed", self.failure),
        }
    }
}

/// It prints what its failure prints, and has the source of that.
impl core::error::Error for ApplyError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.failure.source()
    }
}

fn why(reason: Option<ReturnCode>) -> String {
    reason.map_or_else(String::new, |code| format!(": the driver says {code}"))
}

fn list(instances: &[PlacedGpuInstance]) -> String {
    let texts: Vec<String> = instances.iter().map(ToString::to_string).collect();
    match texts.as_slice() {
        [] => "no GPU instance".to_owned(),
        texts => texts.join(", "),
    }
}
