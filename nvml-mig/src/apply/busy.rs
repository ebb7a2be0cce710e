//! Instances that are in use although a plan destroys them.

use super::apply_error::ApplyFailure;
use super::change::{Change, unreadable};
use super::users::is_on;
use crate::error::Error;
use crate::inventory::present;
use crate::plan::{PresentGpuInstance, Step};
use crate::query::ProcessInfo;

impl Change<'_> {
    /// Checks that no process was started, since the plan was made, on an instance that the plan destroys.
    pub(super) fn check_busy(&self) -> Result<(), ApplyFailure> {
        let steps = self.steps();
        if !steps.iter().any(Step::destroys) {
            return Ok(());
        }
        let processes = self.gpu.device.processes();
        let processes = processes.map_err(unreadable(&self.plan.uuid))?;
        let now = present(&self.gpu.gpu_instances, &processes);
        for (now, then) in now.iter().zip(&self.plan.present) {
            if steps.iter().any(|step| is_newly_busy(step, now, then)) {
                return Err(self.busy(then, processes, None));
            }
        }
        Ok(())
    }

    /// The failure of a GPU instance that is in use by some of these processes of the GPU.
    pub(super) fn busy(
        &self,
        instance: &PresentGpuInstance,
        mut processes: Vec<ProcessInfo>,
        error: Option<Error>,
    ) -> ApplyFailure {
        processes.retain(|process| is_on(process, instance.id, None));
        ApplyFailure::Busy {
            uuid: self.plan.uuid.clone(),
            instance: Some(Box::new(instance.placed())),
            processes,
            error,
        }
    }
}

/// Whether a step destroys an instance that is busy now but was idle when the plan was made.
fn is_newly_busy(step: &Step, now: &PresentGpuInstance, then: &PresentGpuInstance) -> bool {
    match step {
        Step::DestroyComputeInstance {
            gpu_instance,
            compute_instance,
            ..
        } if *gpu_instance == now.id => {
            let busy = |present: &PresentGpuInstance| {
                let mut inside = present.compute_instances().iter();
                inside.any(|inside| inside.id == *compute_instance && present.is_busy(inside))
            };
            busy(now) && !busy(then)
        }
        Step::DestroyGpuInstance { gpu_instance, .. } if *gpu_instance == now.id => {
            now.is_busy_anywhere() && !then.is_busy_anywhere()
        }
        _ => false,
    }
}
