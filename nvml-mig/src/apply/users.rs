//! The processes on the instances that a plan concerns.

use crate::id::{ComputeInstanceId, GpuInstanceId};
use crate::plan::{DoesNotFitReason, Plan, PlanError, Protection, Step};
use crate::query::{ProcessInfo, process_names};

/// Those of these processes that run on busy instances which a layout would destroy.
pub(super) fn in_the_way(processes: &[ProcessInfo], error: &PlanError) -> Vec<ProcessInfo> {
    let PlanError::DoesNotFit(error) = error else {
        return Vec::new();
    };
    let DoesNotFitReason::Blocked { blockers } = &error.reason else {
        return Vec::new();
    };
    let is_in_the_way = |process: &&ProcessInfo| {
        let mut busy = blockers
            .iter()
            .filter(|by| by.protection == Protection::Busy);
        busy.any(|by| is_on(process, by.gpu_instance, by.compute_instance))
    };
    processes.iter().filter(is_in_the_way).cloned().collect()
}

/// The lines of a plan. A process is named at the first step that destroys an instance of it.
pub(super) fn lines(plan: &Plan, processes: &[ProcessInfo]) -> Vec<String> {
    let mut left: Vec<&ProcessInfo> = processes.iter().collect();
    plan.lines_of(|step| {
        let users = left.extract_if(.., |process| ends(step, process));
        match process_names(users).as_slice() {
            [] => plan.line(step),
            names => format!("{}, in use by {}", plan.line(step), names.join(", ")),
        }
    })
}

/// Whether a step destroys the instance that a process runs on.
fn ends(step: &Step, process: &ProcessInfo) -> bool {
    match *step {
        Step::DestroyComputeInstance {
            gpu_instance,
            compute_instance,
            ..
        } => is_on(process, gpu_instance, Some(compute_instance)),
        Step::DestroyGpuInstance { gpu_instance, .. } => is_on(process, gpu_instance, None),
        _ => false,
    }
}

/// Whether a process may run on an instance: one whose instance is not known may run on any.
pub(super) fn is_on(
    process: &ProcessInfo,
    gpu_instance: GpuInstanceId,
    compute_instance: Option<ComputeInstanceId>,
) -> bool {
    let is_inside = |wanted| process.compute_instance_id.is_none_or(|on| on == wanted);
    process.gpu_instance_id.is_none_or(|on| on == gpu_instance)
        && compute_instance.is_none_or(is_inside)
}
