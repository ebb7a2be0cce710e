//! What an error of work on the GPUs means.

use std::error::Error;

use nvml_mig::apply::{ApplyError, ApplyFailure, GpuPlanError, GpuPlanErrorReason};
use nvml_mig::plan::PlanError;

use super::outcome::Outcome;

use crate::console::chain;
use crate::exit::{Exit, LockStopped, LockTimeout, code_of, partitioning};
use crate::machine::Machine;

/// The outcome of work that failed.
pub(super) fn of_error(error: &(dyn Error + 'static), machine: &Machine) -> Outcome {
    let reason = machine.gpu_names().in_text(&chain(error));
    if let Some(reason) = waiting(error) {
        return Outcome::Locked { reason };
    }
    match code_of(error) {
        Exit::InUse => Outcome::Busy {
            reason,
            users: users(error),
            changes_mode: false,
        },
        Exit::ResetNeeded => Outcome::ResetNeeded { reason },
        Exit::Usage | Exit::DoesNotFit | Exit::NoGpu => Outcome::Failed {
            reason,
            fits_instead: fits_instead(error),
            may_pass: false,
        },
        Exit::NotRolledBack => Outcome::Open { reason },
        _ => Outcome::failed(reason, true),
    }
}

/// Says who has the lock, if the error is that another process has it; but not for how long, so that it is not told anew at each
/// try.
pub(super) fn waiting(error: &(dyn Error + 'static)) -> Option<String> {
    let timeout = error.downcast_ref::<LockTimeout>().map(|it| &it.holder);
    let stopped = error.downcast_ref::<LockStopped>().map(|it| &it.holder);
    let mut holder = timeout.or(stopped)?.clone();
    if let Some(holder) = &mut holder {
        holder.since = None;
    }
    Some(format!("waiting for {}", partitioning(holder.as_ref())))
}

/// The error of a plan, also of one that was made again under the lock.
fn of_plan<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a GpuPlanError> {
    let again = error.downcast_ref::<ApplyError>();
    let again = again.and_then(|error| match &*error.failure {
        ApplyFailure::Plan(error) => Some(error),
        _ => None,
    });
    error.downcast_ref().or(again)
}

fn users(error: &(dyn Error + 'static)) -> Vec<String> {
    let busy = error.downcast_ref::<ApplyError>();
    let busy = busy.and_then(|error| match &*error.failure {
        ApplyFailure::Busy { processes, .. } | ApplyFailure::LeftOver { processes, .. } => {
            Some(processes)
        }
        _ => None,
    });
    let processes = busy.or_else(|| of_plan(error).map(|error| &error.processes));
    let mut users: Vec<String> = processes
        .into_iter()
        .flatten()
        .map(ToString::to_string)
        .collect();
    users.sort_unstable();
    users.dedup();
    users
}

fn fits_instead(error: &(dyn Error + 'static)) -> Option<String> {
    match &*of_plan(error)?.reason {
        GpuPlanErrorReason::Plan(PlanError::DoesNotFit(error)) => {
            error.would_fit.as_ref().map(ToString::to_string)
        }
        _ => None,
    }
}

/// What a person can do whose command is not running: the agent has no options of a command.
pub(super) fn still_open(gpus: &str) -> String {
    format!(
        "an interrupted change of {gpus} could not be completed or rolled back: it is tried again; to continue from the current state, \
         run nvml-mig apply --give-up on the node"
    )
}
