//! Errors while plans are applied.

use core::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::entry::Entry;
use super::gpu_plan_error::{GpuPlanError, GpuPlanErrorReason};
use super::pending_mig_mode::PendingMigMode;
use super::rollback_report::Rollback;
use crate::error::{Error, ReturnCode};
use crate::id::{ComputeInstanceId, GpuInstanceId};
use crate::plan::PlacedGpuInstance;
use crate::query::{MigModes, ProcessInfo, process_names};
use crate::quoted;

/// Plans that were not applied: the failure, and the result of the rollback.
#[derive(Debug)]
#[non_exhaustive]
pub struct ApplyError {
    /// Why the plans were not applied.
    pub failure: Box<ApplyFailure>,
    /// The result of the rollback; `None` if there was nothing to roll back.
    pub rollback: Option<Rollback>,
}

/// The reason why plans were not applied.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyFailure {
    /// A process was killed while it applied plans: call [`recover`](crate::MachineLock::recover) first.
    #[error(
        "an earlier change was interrupted, as recorded in {}: roll it back first",
        quoted::path(journal)
    )]
    #[non_exhaustive]
    Interrupted {
        /// Path of the journal.
        journal: PathBuf,
    },
    /// The journal can't be written, read or removed.
    #[error("the journal {} can't be used", quoted::path(path))]
    #[non_exhaustive]
    Journal {
        /// Path of the journal.
        path: PathBuf,
        /// Why it can't be used.
        source: io::Error,
    },
    /// The file of the lock was deleted or replaced since it was locked, so another process may hold the lock too.
    #[error(
        "the lock {} was deleted or replaced since it was taken: take it again",
        quoted::path(path)
    )]
    #[non_exhaustive]
    LockLost {
        /// Path of the file.
        path: PathBuf,
    },
    /// The lock is for some GPUs of the machine, and this one is not among them.
    #[error("GPU {uuid} is not locked: take the lock for it too")]
    #[non_exhaustive]
    NotLocked {
        /// UUID of the GPU.
        uuid: String,
    },
    /// More than one plan is for the same GPU.
    #[error("more than one plan for GPU {uuid}")]
    #[non_exhaustive]
    TwoPlans {
        /// UUID of the GPU.
        uuid: String,
    },
    /// The GPU has changed since the plan was made: plan again.
    #[error("GPU {uuid} has changed since the plan was made: plan again")]
    #[non_exhaustive]
    Changed {
        /// UUID of the GPU.
        uuid: String,
        /// MIG mode now.
        modes: MigModes,
        /// The instances now.
        found: Vec<PlacedGpuInstance>,
    },
    /// An instance that the plan destroys is in use, or the whole GPU: by processes, of which a plan knew nothing, or because the
    /// driver says so.
    #[error("GPU {uuid}: {} is in use{}", what(instance.as_deref()), by(processes))]
    #[non_exhaustive]
    Busy {
        /// UUID of the GPU.
        uuid: String,
        /// The GPU instance that is in use, or whose compute instance is; `None` for the whole GPU, which prevents its first GPU
        /// instance and, on Hopper and newer, a change of MIG mode.
        instance: Option<Box<PlacedGpuInstance>>,
        /// The processes on it; none if NVML lists none, as for programs that only keep the driver open.
        processes: Vec<ProcessInfo>,
        /// The driver's refusal; `None` if it was not asked.
        #[source]
        error: Option<Error>,
    },
    /// A temporary instance of the change can't be destroyed, so that it is left beside what was planned. As long as the rest of the
    /// layout stands, nothing is rolled back on this GPU: [`recover`](crate::MachineLock::recover) destroys it later, and then the
    /// change is complete.
    #[error(
        "GPU {uuid}: temporary {} {}{}",
        ids(*gpu_instance, *compute_instance),
        stays(error.as_ref()),
        by(processes)
    )]
    #[non_exhaustive]
    LeftOver {
        /// UUID of the GPU.
        uuid: String,
        /// Id of the GPU instance.
        gpu_instance: GpuInstanceId,
        /// Id of the compute instance in it; `None` if the GPU instance is the temporary one.
        compute_instance: Option<ComputeInstanceId>,
        /// The processes on it; none if NVML lists none, as for programs that only keep the driver open.
        processes: Vec<ProcessInfo>,
        /// The driver's refusal; `None` if the instance is one of an earlier change.
        #[source]
        error: Option<Error>,
    },
    /// The driver recorded MIG modes but did not activate them. They stay pending, and other GPUs are restored, except those
    /// of which only the MIG mode changed: apply again after the reset or reboot. With
    /// [`take_back_pending_mode`](crate::apply::GpuPlanOptions::with_take_back_pending_mode), they are taken back.
    #[error("{}", sentences(gpus, done))]
    #[non_exhaustive]
    ResetNeeded {
        /// The GPUs whose mode is pending.
        gpus: Vec<PendingMigMode>,
        /// UUIDs of the GPUs that have their new mode, and needed nothing else.
        done: Vec<String>,
    },
    /// No plan can be made: the reason says why. For a driver that lists profiles only with MIG mode on, this can turn out after
    /// MIG mode was enabled.
    #[error(transparent)]
    Plan(GpuPlanError),
    /// A step failed.
    #[error("GPU {uuid}: could not {action}")]
    #[non_exhaustive]
    Step {
        /// UUID of the GPU.
        uuid: String,
        /// The step, such as `create GPU instance 3g.20gb at 4:4`.
        action: String,
        /// The error of NVML.
        #[source]
        error: Error,
    },
    /// NVML failed to describe a GPU.
    #[error("GPU {uuid} can't be read")]
    #[non_exhaustive]
    Read {
        /// UUID of the GPU.
        uuid: String,
        /// The error of NVML.
        #[source]
        error: Error,
    },
    /// Every step succeeded, but the resulting instances differ from the plan.
    #[error(
        "GPU {uuid}: the resulting instances differ from the plan: {}",
        list(found)
    )]
    #[non_exhaustive]
    NotAsPlanned {
        /// UUID of the GPU.
        uuid: String,
        /// The instances that were found.
        found: Vec<PlacedGpuInstance>,
    },
    /// The progress function returned `Break`.
    #[error("the caller stopped the change")]
    Stopped,
}

impl ApplyFailure {
    /// Returns the error of NVML behind the failure, if there is one.
    #[must_use]
    pub const fn error(&self) -> Option<&Error> {
        match self {
            Self::Step { error, .. } | Self::Read { error, .. } => Some(error),
            Self::Busy { error, .. } | Self::LeftOver { error, .. } => error.as_ref(),
            Self::Plan(error) => error.reason.error(),
            _ => None,
        }
    }

    /// The failure of a plan for a GPU on which an earlier change left a temporary instance.
    pub(super) fn left_over(entry: &Entry) -> Option<Self> {
        let (gpu_instance, compute_instance) = entry.left_over.first()?.ids()?;
        Some(Self::LeftOver {
            uuid: entry.uuid.clone(),
            gpu_instance,
            compute_instance,
            processes: Vec::new(),
            error: None,
        })
    }

    /// The failure of a journal, or of its folder.
    pub(super) fn journal(path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        |source| Self::Journal { path, source }
    }

    /// Whether a MIG mode stays pending.
    fn leaves_a_pending_mode(&self) -> bool {
        matches!(self, Self::ResetNeeded { gpus, .. } if gpus.iter().any(|gpu| gpu.stays))
    }

    /// The failure of a plan. What can also turn out while a plan is applied is the same failure.
    pub(super) fn of_plan(error: GpuPlanError) -> Self {
        match (*error.reason, error.uuid) {
            (GpuPlanErrorReason::InUse, Some(uuid)) => Self::Busy {
                uuid,
                instance: None,
                processes: error.processes,
                error: None,
            },
            (GpuPlanErrorReason::Nvml(error), Some(uuid)) => Self::Read { uuid, error },
            (reason, uuid) => Self::Plan(GpuPlanError {
                uuid,
                reason: Box::new(reason),
                processes: error.processes,
                origin: error.origin,
            }),
        }
    }

    /// Returns the UUID of the GPU concerned, if it is a single one.
    #[must_use]
    pub fn uuid(&self) -> Option<&str> {
        match self {
            Self::NotLocked { uuid }
            | Self::TwoPlans { uuid }
            | Self::Changed { uuid, .. }
            | Self::Busy { uuid, .. }
            | Self::LeftOver { uuid, .. }
            | Self::Step { uuid, .. }
            | Self::Read { uuid, .. }
            | Self::NotAsPlanned { uuid, .. } => Some(uuid),
            Self::Plan(error) => error.uuid.as_deref(),
            Self::ResetNeeded { gpus, .. } => match gpus.as_slice() {
                [only] => Some(&only.uuid),
                _ => None,
            },
            Self::Interrupted { .. }
            | Self::Journal { .. }
            | Self::LockLost { .. }
            | Self::Stopped => None,
        }
    }
}

impl ApplyError {
    /// Sets the result of the rollback.
    #[must_use]
    pub fn with_rollback(self, rollback: Rollback) -> Self {
        Self {
            rollback: Some(rollback),
            ..self
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

/// Prints, for example, `GPU GPU-...: could not create GPU instance 3g.20gb at 4:4; everything was restored`.
impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.rollback {
            // A mode that stays pending, and what was destroyed for it, is not restored.
            Some(rollback) if self.failure.leaves_a_pending_mode() => {
                write!(
                    f,
                    "{}; {}",
                    self.failure,
                    rollback.sentence("everything else")
                )
            }
            // The failure names the instance already.
            Some(rollback) if rollback.lacks_one_destruction() => write!(
                f,
                "{}; all else of the change is done, and the next run destroys it",
                self.failure
            ),
            Some(rollback) => write!(f, "{}; {rollback}", self.failure),
            None if matches!(*self.failure, ApplyFailure::ResetNeeded { .. }) => {
                write!(f, "{}; nothing else was changed", self.failure)
            }
            None => write!(f, "{}; nothing was changed", self.failure),
        }
    }
}

/// `source()` is the source of the failure.
impl core::error::Error for ApplyError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.failure.source()
    }
}

/// Such as `compute instance 0 of GPU instance 2`.
fn ids(gpu_instance: GpuInstanceId, compute_instance: Option<ComputeInstanceId>) -> String {
    match compute_instance {
        Some(inside) => format!("compute instance {inside} of GPU instance {gpu_instance}"),
        None => format!("GPU instance {gpu_instance}"),
    }
}

/// Why a temporary instance stands.
fn stays(error: Option<&Error>) -> &'static str {
    match error.map(Error::code) {
        Some(Some(ReturnCode::InUse)) => "is in use",
        Some(_) => "could not be destroyed",
        None => "is left of an earlier change, and must be destroyed first",
    }
}

/// Such as ` by process 4242 (/usr/bin/python3): stop it, then plan again`.
fn what(instance: Option<&PlacedGpuInstance>) -> String {
    instance.map_or_else(|| "the whole GPU".to_owned(), ToString::to_string)
}

fn by(processes: &[ProcessInfo]) -> String {
    let names = process_names(processes);
    match names.as_slice() {
        [] => String::new(),
        [only] => format!(" by {only}: stop it, then plan again"),
        names => format!(" by {}: stop them, then plan again", names.join(", ")),
    }
}

fn sentences(gpus: &[PendingMigMode], done: &[String]) -> String {
    let pending = gpus.iter().map(ToString::to_string);
    let done = done
        .iter()
        .map(|uuid| format!("GPU {uuid}: MIG mode is changed"));
    pending.chain(done).collect::<Vec<_>>().join("; ")
}

fn list(instances: &[PlacedGpuInstance]) -> String {
    let texts: Vec<String> = instances.iter().map(ToString::to_string).collect();
    match texts.as_slice() {
        [] => "no GPU instance".to_owned(),
        texts => texts.join(", "),
    }
}
