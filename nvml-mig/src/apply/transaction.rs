//! Everything or nothing, on all GPUs that are meant.

use core::ops::ControlFlow;

use super::apply_error::ApplyFailure;
use super::change::{Action, Change};
use super::journal::{Entry, Journal};
use super::progress::Progress;
use super::rollback_report::Rollback;
use super::undo::roll_back;

/// The GPUs, and who is told what comes next.
pub(super) struct Transaction<'a> {
    pub(super) changes: Vec<Change<'a>>,
    pub(super) journal: &'a Journal,
    pub(super) progress: &'a mut dyn FnMut(&Progress) -> ControlFlow<()>,
    /// How many steps were told.
    pub(super) number: usize,
}

impl Transaction<'_> {
    /// Once the journal is gone, there is no way back.
    pub(super) fn run(&mut self) -> Result<(), ApplyFailure> {
        self.note()?;
        self.switch_on()?;
        for at in 0..self.changes.len() {
            self.change(at)?;
        }
        let removed = self.journal.remove();
        removed.map_err(|source| self.unusable(source))
    }

    fn note(&self) -> Result<(), ApplyFailure> {
        let entries: Vec<Entry> = self.changes.iter().map(|one| one.entry.clone()).collect();
        let written = self.journal.write(&entries);
        written.map_err(|source| self.unusable(source))
    }

    fn unusable(&self, source: std::io::Error) -> ApplyFailure {
        let path = self.journal.path().to_owned();
        ApplyFailure::Journal { path, source }
    }

    /// A mode that waits for a reset stops everything, before anything is destroyed on any GPU.
    fn switch_on(&mut self) -> Result<(), ApplyFailure> {
        for at in 0..self.changes.len() {
            if let Some(action) = self.changes.get(at).and_then(Change::first) {
                self.act(at, action)?;
            }
        }
        let mut unsettled = self.changes.iter_mut().filter(|one| one.is_unsettled());
        let settled = unsettled.try_fold(false, |_, one| one.settle().map(|()| true))?;
        if settled { self.note() } else { Ok(()) }
    }

    fn change(&mut self, at: usize) -> Result<(), ApplyFailure> {
        let actions = self.changes.get(at).map_or_else(Vec::new, Change::rest);
        for action in actions {
            self.act(at, action)?;
        }
        match self.changes.get_mut(at) {
            Some(change) if change.touched => {
                let gpu = change.entry.uuid.clone();
                tell(self.progress, &Progress::Verify { gpu })?;
                change.verify()
            }
            _ => Ok(()),
        }
    }

    fn act(&mut self, at: usize, action: Action) -> Result<(), ApplyFailure> {
        let of = self.steps();
        let Some(change) = self.changes.get_mut(at) else {
            return Ok(());
        };
        self.number += 1;
        let step = Progress::Step {
            gpu: change.entry.uuid.clone(),
            number: self.number,
            of,
            action: change.describe(action),
        };
        tell(self.progress, &step)?;
        change.act(action)
    }

    fn steps(&self) -> usize {
        let of = |one: &Change<'_>| usize::from(one.first().is_some()) + one.rest().len();
        self.changes.iter().map(of).sum()
    }

    /// Takes back everything that was tried; `None` if nothing had been changed.
    pub(super) fn roll_back(&mut self) -> Option<Rollback> {
        let progress = &mut *self.progress;
        let mut tell = |step: &Progress| {
            let _there_is_no_other_way_out = progress(step);
        };
        let touched = self.changes.iter_mut().rev().filter(|one| one.touched);
        let mut gpus: Vec<_> = touched
            .map(|one| roll_back(&mut one.gpu, &one.entry, &mut tell))
            .collect();
        gpus.reverse();
        let rollback = Rollback { gpus };
        (!rollback.did_nothing()).then_some(rollback)
    }
}

fn tell(
    progress: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
    step: &Progress,
) -> Result<(), ApplyFailure> {
    match progress(step) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(ApplyFailure::Stopped),
    }
}
