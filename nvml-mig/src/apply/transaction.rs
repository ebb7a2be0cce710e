//! Applies the changes of several GPUs, or rolls all of them back.

use core::ops::ControlFlow;

use super::action::Action;
use super::apply_error::ApplyFailure;
use super::change::Change;
use super::completion::{self, Completed};
use super::held_panic::HeldPanic;
use super::progress::Progress;
use super::recorder::Recorder;
use super::rollback::{restore_after_reset, roll_back};
use super::rollback_report::Rollback;

/// The changes of all GPUs, and the record of what was done.
pub(super) struct Transaction<'a> {
    changes: Vec<Change<'a>>,
    recorder: Recorder,
    steps: Steps<'a>,
    /// What is left of it once all else is done.
    completed: Option<Completed>,
}

impl<'a> Transaction<'a> {
    pub(super) fn new(
        changes: Vec<Change<'a>>,
        recorder: Recorder,
        progress: &'a mut dyn FnMut(&Progress) -> ControlFlow<()>,
    ) -> Self {
        let of = changes.iter().map(Change::steps_to_do).sum();
        Self {
            changes,
            recorder,
            steps: Steps {
                progress,
                number: 0,
                of,
                done: 0,
            },
            completed: None,
        }
    }

    /// Applies all changes. Removing the journal commits them: there is no rollback after that.
    pub(super) fn run(&mut self) -> Result<(), ApplyFailure> {
        self.note()?;
        self.switch_on()?;
        if let Err(failure) = self.finish() {
            self.completed = self.completed_but_for(&failure);
            if !self
                .completed
                .as_ref()
                .is_some_and(|left| left.reports.is_empty())
            {
                return Err(failure);
            }
        }
        let committed = self.recorder.keep(|_| false);
        committed.map_err(|source| self.unusable(source))
    }

    /// The changes with their results.
    pub(super) fn into_changes(self) -> Vec<Change<'a>> {
        self.changes
    }

    /// Writes the previous and the desired states to the journal.
    fn note(&self) -> Result<(), ApplyFailure> {
        let written = self.recorder.write();
        written.map_err(|source| self.unusable(source))
    }

    fn unusable(&self, source: std::io::Error) -> ApplyFailure {
        ApplyFailure::journal(self.recorder.journal().path())(source)
    }

    /// Enables MIG mode on all GPUs. If one needs a reset, this fails before anything is destroyed on any GPU, but after all
    /// were asked: then one reboot is enough for all.
    fn switch_on(&mut self) -> Result<(), ApplyFailure> {
        for change in &mut self.changes {
            if let Some(action) = change.first() {
                self.steps.act(change, action, &mut self.recorder)?;
            }
        }
        if self.changes.iter().any(|change| change.pending.is_some()) {
            self.finish_modes()?;
        }
        self.check_pending()?;
        let mut is_settled = false;
        for change in self
            .changes
            .iter_mut()
            .filter(|change| change.is_unsettled())
        {
            change.settle(&mut self.recorder)?;
            is_settled = true;
        }
        self.steps.of = self.changes.iter().map(Change::steps_to_do).sum();
        if is_settled { self.note() } else { Ok(()) }
    }

    /// Reads back the GPUs of which only the MIG mode changes, and has: others that wait for a reset do not matter for these.
    fn finish_modes(&mut self) -> Result<(), ApplyFailure> {
        for change in &mut self.changes {
            let is_done = change.touched && change.pending.is_none() && change.plan.is_mode_only();
            if is_done {
                self.steps.finish(change, &mut self.recorder)?;
            }
        }
        Ok(())
    }

    /// Performs the remaining actions. Once a mode stays pending, only to switch MIG mode off on other GPUs: then one reboot is
    /// enough for all. A temporary instance that is left on one GPU is no reason to leave the others as they are.
    fn finish(&mut self) -> Result<(), ApplyFailure> {
        let (mut is_pending, mut left_over) = (false, None);
        // What is destroyed for good comes last: beside a program that keeps the GPU open, it can't be created again.
        let mut changes: Vec<&mut Change<'_>> = self.changes.iter_mut().collect();
        changes.sort_by_key(|change| change.only_destroys());
        for change in changes {
            if !is_pending || change.switches_off() {
                match self.steps.finish(change, &mut self.recorder) {
                    Err(failure @ ApplyFailure::LeftOver { .. }) => {
                        left_over.get_or_insert(failure);
                    }
                    finished => finished?,
                }
            }
            is_pending |= change.pending.is_some();
        }
        self.check_pending()?;
        left_over.map_or(Ok(()), Err)
    }

    /// Fails if a MIG mode is only pending.
    fn check_pending(&self) -> Result<(), ApplyFailure> {
        let gpus = self
            .changes
            .iter()
            .filter_map(|change| change.pending.clone());
        let done = self.changes.iter().filter(|change| change.has_its_mode());
        match gpus.collect::<Vec<_>>() {
            gpus if gpus.is_empty() => Ok(()),
            gpus => Err(ApplyFailure::ResetNeeded {
                gpus,
                done: done.map(|change| change.plan.uuid.clone()).collect(),
            }),
        }
    }

    /// Keeps the entries of the GPUs that the rollback did not restore, and removes the others.
    pub(super) fn forget(&mut self, rollback: Option<&Rollback>) -> std::io::Result<()> {
        if let Some(completed) = self.completed.take() {
            return self.recorder.keep_left_over(completed.left);
        }
        let gpus = || rollback.iter().flat_map(|rollback| &rollback.gpus);
        self.recorder.keep_open(|entry| {
            let mut gpus = gpus();
            gpus.any(|gpu| gpu.uuid == entry.uuid && entry.is_open_after(gpu))
        })
    }

    /// Rolls back all attempted changes; returns `None` if nothing had been changed. If a reset is needed, the GPUs that wait
    /// for it and those that needed no more than another MIG mode stay as they are; after another failure, no mode stays pending.
    pub(super) fn roll_back(
        &mut self,
        failure: &ApplyFailure,
        held: &mut HeldPanic,
    ) -> Option<Rollback> {
        if let Some(completed) = &mut self.completed {
            return Some(Rollback::new(core::mem::take(&mut completed.reports)));
        }
        let waits = matches!(failure, ApplyFailure::ResetNeeded { .. });
        let waiting =
            |change: &Change<'_>| waits && (change.keeps_pending_mode() || change.has_its_mode());
        for change in self.changes.iter().filter(|change| !waiting(change)) {
            self.recorder.change(&change.plan.uuid, |entry| {
                entry.keeps_pending_mode = false;
            });
        }
        let progress = &mut *self.steps.progress;
        let mut tell = |step: &Progress| {
            held.tell(step, &mut |step| {
                let _there_is_no_other_way_out = progress(step);
            });
        };
        let changes = self.changes.iter_mut().rev();
        let mut changes: Vec<_> = changes.filter(|change| !waiting(change)).collect();
        // Whether there was a reset turns out on those that were touched.
        changes.sort_by_key(|change| !change.touched);
        let restored = changes.into_iter().filter_map(|change| {
            let roll_back = if change.touched {
                roll_back
            } else {
                restore_after_reset
            };
            roll_back(&mut change.gpu, &mut self.recorder, &mut tell)
        });
        let mut gpus: Vec<_> = restored.collect();
        let entries = self.recorder.entries().iter();
        let order: Vec<_> = entries.map(|entry| &entry.uuid).collect();
        gpus.sort_by_key(|gpu| order.iter().position(|uuid| **uuid == gpu.uuid));
        let rollback = Rollback { gpus };
        // A created instance may be gone already. The rollback then does nothing, although there was a change.
        let had_changed = self.steps.done > 0 || !rollback.did_nothing();
        (had_changed && !rollback.gpus.is_empty()).then_some(rollback)
    }

    /// The GPUs with a temporary instance that is left, if all else is done on all GPUs: then nothing is rolled back.
    fn completed_but_for(&mut self, failure: &ApplyFailure) -> Option<Completed> {
        if !matches!(failure, ApplyFailure::LeftOver { .. }) {
            return None;
        }
        let recorder = &self.recorder;
        let touched = self.changes.iter_mut().filter(|change| change.touched);
        let gpus = touched.filter_map(|change| {
            let entry = recorder.entry(&change.plan.uuid)?;
            Some((&mut change.gpu, entry))
        });
        completion::left_of_all(gpus)
    }
}

/// Reports progress: the receiver, and the number of the step.
struct Steps<'a> {
    progress: &'a mut dyn FnMut(&Progress) -> ControlFlow<()>,
    /// Number of the last step reported.
    number: usize,
    /// Number of all steps.
    of: usize,
    /// Number of steps that succeeded.
    done: usize,
}

impl Steps<'_> {
    /// Performs the remaining actions on a GPU and verifies the result.
    fn finish(
        &mut self,
        change: &mut Change<'_>,
        recorder: &mut Recorder,
    ) -> Result<(), ApplyFailure> {
        for action in change.rest() {
            self.act(change, action, recorder)?;
        }
        self.finish_late(change, recorder)?;
        if change.pending.is_some() {
            return Ok(());
        }
        if !change.touched {
            return change.read_back();
        }
        let gpu = change.plan.uuid.clone();
        self.tell(&Progress::Verify { gpu })?;
        let entry = recorder.entry(&change.plan.uuid);
        change.verify(entry.map_or(&[][..], |entry| &entry.after))
    }

    /// Tries once more to destroy temporary instances, and does what waits for that.
    fn finish_late(
        &mut self,
        change: &mut Change<'_>,
        recorder: &mut Recorder,
    ) -> Result<(), ApplyFailure> {
        let late = change.take_late();
        self.of += late.len();
        for action in late {
            self.act(change, action, recorder)?;
        }
        change.check_left_over()
    }

    fn act(
        &mut self,
        change: &mut Change<'_>,
        action: Action,
        recorder: &mut Recorder,
    ) -> Result<(), ApplyFailure> {
        self.number += 1;
        let step = Progress::Step {
            gpu: change.plan.uuid.clone(),
            number: self.number,
            of: self.of,
            action: change.describe(action),
        };
        self.tell(&step)?;
        change.act(action, recorder)?;
        self.done += 1;
        Ok(())
    }

    fn tell(&mut self, step: &Progress) -> Result<(), ApplyFailure> {
        match (self.progress)(step) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(ApplyFailure::Stopped),
        }
    }
}
