//! The temporary instances of a change, and the steps that come late since the driver refuses to destroy one. It only serves ids, or
//! the time in between, so this must not cost the layout.

use super::action::Action;
use super::apply_error::ApplyFailure;
use super::change::Change;
use super::late::Ids;
use super::operation::may_have_changed;
use super::users::is_on;
use crate::error::Error;
use crate::plan::Step;

impl Change<'_> {
    /// Whether an action is not to be done now: it comes late, or a temporary instance is what it would create.
    pub(super) fn passes_over(&mut self, action: Action) -> bool {
        if self.adopts(action) {
            return true;
        }
        let waits = self.waits(action);
        if waits {
            self.late.steps.push(action);
        }
        waits
    }

    /// Takes an action that was refused as one that comes late, if only a temporary instance is in its way, or if it destroys one.
    pub(super) fn postpone(&mut self, action: Action, error: Error) -> Result<(), Error> {
        if destroys_temporary(action) {
            let refused = self.ids(action).map(|ids| (ids, error));
            self.late.refusals.extend(refused);
        } else if !self.is_beside_left_over(action) || may_have_changed(&error) {
            return Err(error);
        }
        self.late.steps.push(action);
        Ok(())
    }

    /// Takes the destruction of what led the driver to the place of another one as a step that comes late, if it was refused.
    pub(super) fn postpone_steering(&mut self) {
        for (id, error) in self.gpu.left_by_steering.drain(..) {
            self.late.steps.push(Action::DestroySteering(id));
            self.late.refusals.push(((id, None), error));
        }
    }

    /// Returns the steps that come late. If they can't be done then either, they are late again.
    pub(super) fn take_late(&mut self) -> Vec<Action> {
        core::mem::take(&mut self.late.steps)
    }

    /// The failure if a temporary instance is left in the end.
    pub(super) fn check_left_over(&mut self) -> Result<(), ApplyFailure> {
        let late = self.take_late();
        let Some((gpu_instance, compute_instance)) = late.iter().find_map(|at| self.ids(*at))
        else {
            return Ok(());
        };
        // Without the list, the driver's refusal says enough.
        let mut processes = self.gpu.device.processes().unwrap_or_default();
        processes.retain(|process| is_on(process, gpu_instance, compute_instance));
        Err(ApplyFailure::LeftOver {
            uuid: self.plan.uuid.clone(),
            gpu_instance,
            compute_instance,
            processes,
            error: self.late.take_refusal((gpu_instance, compute_instance)),
        })
    }

    /// The ids of the temporary instance that an action destroys, if it stands.
    fn ids(&self, action: Action) -> Option<Ids> {
        self.operation(action).ok()??.destroyed()
    }

    /// Whether a compute instance to be created is there already as the temporary one that is left: only its id is another one.
    fn adopts(&mut self, action: Action) -> bool {
        let Action::Do(Step::CreateComputeInstance {
            planned,
            profile,
            placement,
        }) = action
        else {
            return false;
        };
        let is_same = |left: &Step| {
            *left
                == Step::DestroyTemporaryComputeInstance {
                    planned,
                    profile,
                    placement,
                }
        };
        let is_there = self.left_over().any(|left| is_same(&left));
        is_there
            && self
                .temporary_inside
                .remove(&(planned, placement))
                .is_some()
    }

    /// Whether an action needs the room of a temporary instance that is left, or a GPU instance that waits for it.
    fn waits(&self, action: Action) -> bool {
        let Action::Do(step) = action else {
            return false;
        };
        let is_in_late = |created: &Action| match created {
            Action::Do(Step::CreateGpuInstance { planned, .. }) => step.creates_inside(*planned),
            _ => false,
        };
        self.late.steps.iter().any(is_in_late) || self.left_over().any(|left| overlap(&step, &left))
    }

    /// Whether an action creates something of the kind of a temporary instance that is left, and at the same place.
    fn is_beside_left_over(&self, action: Action) -> bool {
        let is_gpu_instance = matches!(action, Action::Do(Step::CreateGpuInstance { .. }));
        let mut late = self.late.steps.iter();
        if is_gpu_instance && late.any(|late| matches!(late, Action::DestroySteering(_))) {
            return true;
        }
        let is_beside = |left: &Step| match (action, left) {
            (
                Action::Do(Step::CreateComputeInstance { planned, .. }),
                Step::DestroyTemporaryComputeInstance { planned: of, .. },
            ) => planned == *of,
            (
                Action::Do(Step::CreateGpuInstance { .. }),
                Step::DestroyTemporaryGpuInstance { .. },
            ) => true,
            _ => false,
        };
        self.left_over().any(|left| is_beside(&left))
    }

    /// The late steps that destroy a temporary instance which stands.
    fn left_over(&self) -> impl Iterator<Item = Step> {
        let late = self.late.steps.iter();
        late.filter_map(|action| match *action {
            Action::Do(step) if destroys_temporary(*action) && self.ids(*action).is_some() => {
                Some(step)
            }
            _ => None,
        })
    }
}

const fn destroys_temporary(action: Action) -> bool {
    matches!(
        action,
        Action::DestroySteering(_)
            | Action::Do(
                Step::DestroyTemporaryGpuInstance { .. }
                    | Step::DestroyTemporaryComputeInstance { .. }
            )
    )
}

/// Whether a step creates something where a temporary instance is left.
fn overlap(step: &Step, left: &Step) -> bool {
    match (step, left) {
        (
            Step::CreateComputeInstance {
                planned, placement, ..
            },
            Step::DestroyTemporaryComputeInstance {
                planned: of,
                placement: at,
                ..
            },
        ) => planned == of && placement.overlaps(*at),
        (
            Step::CreateGpuInstance { placement, .. },
            Step::DestroyTemporaryGpuInstance { placement: at, .. },
        ) => placement.overlaps(*at),
        _ => false,
    }
}
