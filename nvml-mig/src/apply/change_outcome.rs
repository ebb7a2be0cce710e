//! What the actions of a change returned.

use super::change::{Action, Change};
use super::operation::Performed;
use super::pending_mig_mode::{PendingMigMode, ResetMethod};
use crate::plan::Step;
use crate::query::MigModeChange;

impl Change<'_> {
    /// Takes over what an action returned.
    pub(super) fn take(&mut self, action: Action, performed: Performed) {
        match (action, performed) {
            (Action::SetMode(mode), Performed::MigMode(MigModeChange::Pending { reason })) => {
                let how = ResetMethod::of(&self.gpu.device, reason);
                let pending = PendingMigMode::new(&self.plan.uuid, mode, how);
                let stays = !self.plan.options.take_back_pending_mode();
                let has_destroyed = self.gpu.gpu_instances.len() < self.plan.present.len();
                self.pending = Some(
                    pending
                        .with_reason(reason)
                        .with_stays(stays)
                        .with_instances_destroyed(has_destroyed),
                );
            }
            (
                Action::Do(Step::CreateGpuInstance { planned, .. }),
                Performed::GpuInstance(created),
            ) => {
                self.created.insert(planned, created);
            }
            (
                Action::Do(Step::CreateTemporaryGpuInstance { .. }),
                Performed::GpuInstance(created),
            ) => {
                self.temporary = Some(created);
            }
            (
                Action::Do(Step::CreateTemporaryComputeInstance {
                    planned, placement, ..
                }),
                Performed::ComputeInstance(created),
            ) => {
                self.temporary_inside.insert((planned, placement), created);
            }
            _ => {}
        }
    }
}
