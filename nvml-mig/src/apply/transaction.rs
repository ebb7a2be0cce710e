//! Applies the changes of several GPUs, or rolls all of them back.

use core::ops::ControlFlow;

use super::apply_error::ApplyFailure;
use super::change::{Action, Change};
use super::held_panic::HeldPanic;
use super::journal::{Entry, Journal};
use super::progress::Progress;
use super::rollback_report::Rollback;
use super::undo::roll_back;

/// The changes of all GPUs, and the journal of their previous states.
pub(super) struct Transaction<'a> {
    changes: Vec<Change<'a>>,
    journal: &'a Journal,
    /// Entries of other GPUs, which an earlier recovery could not complete.
    open: Vec<Entry>,
    steps: Steps<'a>,
}

impl<'a> Transaction<'a> {
    pub(super) fn new(
        changes: Vec<Change<'a>>,
        journal: &'a Journal,
        open: Vec<Entry>,
        progress: &'a mut dyn FnMut(&Progress) -> ControlFlow<()>,
    ) -> Self {
        Self {
            changes,
            journal,
            open,
            steps: Steps {
                progress,
                number: 0,
                of: 0,
                done: 0,
            },
        }
    }

    /// Applies all changes. Removing their entries from the journal commits them: there is no rollback after that.
    pub(super) fn run(&mut self) -> Result<(), ApplyFailure> {
        self.note()?;
        self.switch_on()?;
        for change in &mut self.changes {
            self.steps.finish(change)?;
        }
        self.forget().map_err(|source| self.unusable(source))
    }

    /// Removes the entries of these changes from the journal.
    pub(super) fn forget(&self) -> std::io::Result<()> {
        self.journal.keep(&self.open)
    }

    /// Writes the previous and the desired states to the journal.
    fn note(&mut self) -> Result<(), ApplyFailure> {
        self.steps.of = self.changes.iter().map(Change::steps_to_do).sum();
        let own = self.changes.iter().map(|change| &change.entry);
        let entries: Vec<Entry> = self.open.iter().chain(own).cloned().collect();
        let written = self.journal.write(&entries);
        written.map_err(|source| self.unusable(source))
    }

    fn unusable(&self, source: std::io::Error) -> ApplyFailure {
        let path = self.journal.path().to_owned();
        ApplyFailure::Journal { path, source }
    }

    /// Enables MIG mode on all GPUs. If one needs a reset, this fails before anything is destroyed on any GPU.
    fn switch_on(&mut self) -> Result<(), ApplyFailure> {
        for change in &mut self.changes {
            if let Some(action) = change.first() {
                self.steps.act(change, action)?;
            }
        }
        let mut is_settled = false;
        for change in self
            .changes
            .iter_mut()
            .filter(|change| change.is_unsettled())
        {
            change.settle()?;
            is_settled = true;
        }
        if is_settled { self.note() } else { Ok(()) }
    }

    /// Rolls back all attempted changes; returns `None` if nothing had been changed.
    pub(super) fn roll_back(&mut self, held: &mut HeldPanic) -> Option<Rollback> {
        let progress = &mut *self.steps.progress;
        let mut tell = |step: &Progress| {
            held.tell(step, &mut |step| {
                let _there_is_no_other_way_out = progress(step);
            });
        };
        let touched = self
            .changes
            .iter_mut()
            .rev()
            .filter(|change| change.touched);
        let mut gpus: Vec<_> = touched
            .map(|change| roll_back(&mut change.gpu, &change.entry, &mut tell))
            .collect();
        gpus.reverse();
        let rollback = Rollback { gpus };
        // A created instance may be gone already. The rollback then does nothing, although there was a change.
        let had_changed = self.steps.done > 0 || !rollback.did_nothing();
        had_changed.then_some(rollback)
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
    fn finish(&mut self, change: &mut Change<'_>) -> Result<(), ApplyFailure> {
        for action in change.rest() {
            self.act(change, action)?;
        }
        if !change.touched {
            return Ok(());
        }
        let gpu = change.entry.uuid.clone();
        self.tell(&Progress::Verify { gpu })?;
        change.verify()
    }

    fn act(&mut self, change: &mut Change<'_>, action: Action) -> Result<(), ApplyFailure> {
        self.number += 1;
        let step = Progress::Step {
            gpu: change.entry.uuid.clone(),
            number: self.number,
            of: self.of,
            action: change.describe(action),
        };
        self.tell(&step)?;
        change.act(action)?;
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
