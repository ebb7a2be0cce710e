//! What the actions of a change returned.

use super::action::Action;
use super::change::Change;
use super::operation::Performed;
use super::pending_mig_mode::{PendingMigMode, ResetMethod};
use crate::id::GpuInstanceId;
use crate::plan::Step;
use crate::query::MigModeChange;

impl Change<'_> {
    /// Takes over what an action returned. Returns whether an instance is elsewhere than planned, since the driver chooses.
    pub(super) fn take(&mut self, action: Action, performed: Performed) -> bool {
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
                return self.move_planned(planned, created);
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
            (Action::Do(Step::DestroyTemporaryGpuInstance { .. }), Performed::Destroyed) => {
                self.temporary = None;
            }
            (
                Action::Do(Step::DestroyTemporaryComputeInstance {
                    planned, placement, ..
                }),
                Performed::Destroyed,
            ) => {
                self.temporary_inside.remove(&(planned, placement));
            }
            _ => {}
        }
        false
    }

    /// Sets the place of a planned GPU instance to that of the created one. One that is alike, and was planned there, takes its
    /// place.
    fn move_planned(&mut self, planned: usize, created: GpuInstanceId) -> bool {
        let live = self.gpu.live(created);
        let (Some(live), Some(plan)) = (live, &mut self.instances) else {
            return false;
        };
        let now = live.gpu_instance.placement();
        let Some(moved) = plan.gpu_instances.get(planned).cloned() else {
            return false;
        };
        if moved.placement == now {
            return false;
        }
        for (at, other) in plan.gpu_instances.iter_mut().enumerate() {
            if at == planned {
                other.placement = now;
            } else if other.placement == now && other.is_alike(&moved) {
                other.placement = moved.placement;
            }
        }
        true
    }
}
