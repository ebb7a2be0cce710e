//! Chooses the exit code.

use std::error::Error;
use std::fmt::Display;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use nvml_mig::ReturnCode;
use nvml_mig::apply::{
    ApplyError, ApplyFailure, GpuPlanError, GpuPlanErrorReason, LockError, LockHolder,
};
use nvml_mig::error::DriverFileError;
use nvml_mig::mig_parted::{MigPartedError, MigPartedErrorKind, MigPartedExportError};
use nvml_mig::node::cdi::CdiError;
use nvml_mig::plan::{DoesNotFit, DoesNotFitReason, LayoutError, PlanError, Protection};
use nvml_mig::snapshot::SnapshotError;

/// The exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Exit {
    /// Done, or the assertion is true.
    Done = 0,
    /// The assertion is false.
    False = 1,
    /// The command line or a file is invalid.
    Usage = 2,
    /// The layout does not fit.
    DoesNotFit = 3,
    /// The caller lacks the privilege; other GPUs may be done.
    NoPermission = 4,
    /// Processes use instances that would have to be destroyed.
    InUse = 5,
    /// The GPU must be reset first.
    ResetNeeded = 6,
    /// The command failed, and nothing was changed, or all changes were rolled back; or it is done, except for GPUs, or figures of
    /// a check, that can't be read.
    RolledBack = 7,
    /// The command failed, and its changes were not completely rolled back; or they are done, and what follows them failed: the
    /// last hook, or the CDI specification. Or what is shown for other programs is of a change that was interrupted.
    NotRolledBack = 8,
    /// The layout is for none of the GPUs; or a snapshot is restored, except for GPUs that this machine does not have.
    NoGpu = 9,
}

impl Exit {
    /// Returns this exit code or, if it is success, the other.
    pub(crate) fn or(self, other: Self) -> Self {
        if self == Self::Done { other } else { self }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An invalid request on the command line.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(pub(crate) String);

impl Usage {
    /// An error about a file.
    pub(crate) fn of_file(path: &Path, what: impl Display) -> Self {
        Self(format!("{}: {what}", path.display()))
    }
}

/// Another process kept the lock for too long.
#[derive(Debug, thiserror::Error)]
#[error("gave up after {seconds} s of waiting for {}", partitioning(holder.as_ref()))]
pub(crate) struct LockTimeout {
    pub(crate) seconds: u64,
    /// The process, if it is known.
    pub(crate) holder: Option<LockHolder>,
}

/// A request to stop, while another process had the lock.
#[derive(Debug, thiserror::Error)]
#[error("stopped while waiting for {}", partitioning(holder.as_ref()))]
pub(crate) struct LockStopped {
    /// The process, if it is known.
    pub(crate) holder: Option<LockHolder>,
}

/// Names the process that has the lock.
pub(crate) fn partitioning(holder: Option<&LockHolder>) -> String {
    let holder = holder.map_or_else(String::new, |holder| format!(" ({holder})"));
    format!("another process that is partitioning these GPUs{holder}")
}

/// A change of a process that was killed, and that could not be rolled back.
#[derive(Debug, thiserror::Error)]
#[error(
    "an interrupted change of {0} could not be completed or rolled back: run the command again to try once more, or change the \
     GPU with --give-up to continue from the current state"
)]
pub(crate) struct StillOpen(pub(crate) String);

/// A temporary instance of an earlier change that can't be destroyed yet. All else of that change is done, and nobody's to undo.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0} still has a temporary instance of an earlier change, which is in use or could not be destroyed: stop what uses it and run the \
     command again, or keep it with --give-up; nothing was changed"
)]
pub(crate) struct TemporaryLeft(pub(crate) String);

/// Instances that a check created and that are left.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NotEmptied(pub(crate) String);

/// A hook that did not succeed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HookFailed {
    #[error("{0}")]
    Failed(String),
    #[error("{0}, and a signal had come")]
    Interrupted(String),
    #[error("stopped by a signal before {0}")]
    Stopped(String),
    #[error("{0}: it was ended by a second signal")]
    Ended(String),
}

/// What failed after a change that is done.
#[derive(Debug, thiserror::Error)]
#[error("the change is done, but {0}")]
pub(crate) struct DoneBut(pub(crate) String);

/// What is shown for other programs has devices that are soon gone.
#[derive(Debug, thiserror::Error)]
#[error(
    "this includes {0}, which an interrupted change left: the next change of it makes it something else"
)]
pub(crate) struct HalfMade(pub(crate) String);

/// A layout that is for none of the GPUs.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NoGpu(pub(crate) &'static str);

/// Returns the exit code for an error.
pub(crate) fn code_of(error: &(dyn Error + 'static)) -> Exit {
    if error.is::<LayoutError>()
        || error.is::<SnapshotError>()
        || error.is::<Usage>()
        || error.is::<LockStopped>()
    {
        return Exit::Usage;
    }
    if error.is::<LockTimeout>() || error.is::<TemporaryLeft>() {
        return Exit::InUse;
    }
    if error.is::<StillOpen>()
        || error.is::<NotEmptied>()
        || error.is::<DoneBut>()
        || error.is::<HalfMade>()
    {
        return Exit::NotRolledBack;
    }
    if error.is::<NoGpu>() {
        return Exit::NoGpu;
    }
    if let Some(error) = error.downcast_ref::<MigPartedError>() {
        return of_file(error);
    }
    if let Some(error) = error.downcast_ref::<MigPartedExportError>() {
        return match error {
            MigPartedExportError::Nvml(error) => of_nvml(error),
            _ => Exit::Usage,
        };
    }
    if let Some(error) = error.downcast_ref::<GpuPlanError>() {
        return of_plan(error);
    }
    if let Some(error) = error.downcast_ref::<ApplyError>() {
        return of_apply(error);
    }
    if let Some(error) = error.downcast_ref::<CdiError>() {
        return match error {
            CdiError::Device { source, .. } => of_nvml(source),
            _ => Exit::Usage,
        };
    }
    if let Some(error) = error.downcast_ref::<LockError>() {
        return of_io(&error.source);
    }
    if let Some(error) = error.downcast_ref::<io::Error>() {
        return of_io(error);
    }
    error.downcast_ref().map_or(Exit::RolledBack, of_nvml)
}

fn of_file(error: &MigPartedError) -> Exit {
    match error.kind() {
        MigPartedErrorKind::NoGpu { .. } => Exit::NoGpu,
        MigPartedErrorKind::Nvml(error) => of_nvml(error),
        _ => Exit::Usage,
    }
}

fn of_io(error: &io::Error) -> Exit {
    match error.kind() {
        io::ErrorKind::PermissionDenied => Exit::NoPermission,
        io::ErrorKind::NotFound | io::ErrorKind::InvalidData => Exit::Usage,
        _ => Exit::RolledBack,
    }
}

/// Returns the exit code of a command that is done, except for GPUs that can't be read. Other codes tell about the change.
pub(crate) fn of_refused(refused: Option<&nvml_mig::Error>) -> Exit {
    refused.map_or(Exit::Done, |error| match of_nvml(error) {
        Exit::NoPermission => Exit::NoPermission,
        _ => Exit::RolledBack,
    })
}

fn of_nvml(error: &nvml_mig::Error) -> Exit {
    match (error, error.code()) {
        (nvml_mig::Error::Input(_), _) => Exit::Usage,
        (_, Some(ReturnCode::NoPermission)) => Exit::NoPermission,
        (_, Some(ReturnCode::InUse)) => Exit::InUse,
        (_, Some(ReturnCode::ResetRequired)) => Exit::ResetNeeded,
        _ => Exit::RolledBack,
    }
}

pub(crate) fn of_plan(error: &GpuPlanError) -> Exit {
    match &*error.reason {
        GpuPlanErrorReason::Plan(PlanError::DoesNotFit(error))
        | GpuPlanErrorReason::Removal(error) => of_lack(error),
        GpuPlanErrorReason::Nvml(error) => of_nvml(error),
        GpuPlanErrorReason::ResetNeeded(_) => Exit::ResetNeeded,
        GpuPlanErrorReason::InUse => Exit::InUse,
        GpuPlanErrorReason::VgpuGuest => Exit::RolledBack,
        _ => Exit::Usage,
    }
}

/// Returns an error and its sources.
fn with_sources<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// Returns whether a file of the driver is missing or unusable.
pub(crate) fn is_about_driver_files(error: &(dyn Error + 'static)) -> bool {
    with_sources(error).any(|error| {
        error.is::<DriverFileError>()
            || matches!(error.downcast_ref(), Some(nvml_mig::Error::DriverFile(_)))
    })
}

/// Returns whether NVML refused because something is in use.
pub(crate) fn is_in_use(error: &(dyn Error + 'static)) -> bool {
    let errors = with_sources(error);
    let mut errors = errors.filter_map(|error| error.downcast_ref::<nvml_mig::Error>());
    errors.any(|error| error.code() == Some(ReturnCode::InUse))
}

/// Whether the option for MIG mode would let the command go on.
pub(crate) fn needs_mig_mode(error: &(dyn Error + 'static)) -> bool {
    let of_change = error.downcast_ref::<ApplyError>();
    let of_change = of_change.and_then(|error| match &*error.failure {
        ApplyFailure::Plan(error) => Some(error),
        _ => None,
    });
    let error = error.downcast_ref::<GpuPlanError>().or(of_change);
    error.is_some_and(|error| {
        matches!(
            *error.reason,
            GpuPlanErrorReason::MigMode { .. } | GpuPlanErrorReason::PendingChange(_)
        )
    })
}

fn of_lack(error: &DoesNotFit) -> Exit {
    match &error.reason {
        DoesNotFitReason::Blocked { blockers, .. } => {
            let mut blockers = blockers.iter();
            let busy = blockers.any(|blocker| blocker.protection == Protection::Busy);
            if busy { Exit::InUse } else { Exit::DoesNotFit }
        }
        _ => Exit::DoesNotFit,
    }
}

fn of_apply(error: &ApplyError) -> Exit {
    let rollback = error.rollback.as_ref();
    match (
        rollback.map(nvml_mig::apply::Rollback::is_complete),
        &*error.failure,
    ) {
        (Some(false), _) => Exit::NotRolledBack,
        (_, ApplyFailure::ResetNeeded { .. }) => Exit::ResetNeeded,
        (_, ApplyFailure::Plan(error)) => of_plan(error),
        (_, ApplyFailure::Busy { .. } | ApplyFailure::LeftOver { .. }) => Exit::InUse,
        (_, failure) => failure.error().map_or(Exit::RolledBack, of_nvml),
    }
}
