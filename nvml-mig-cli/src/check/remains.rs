//! What a process leaves that was to create a layout: all of it or, after a kill, nothing.

use std::error::Error;

use nvml_mig::plan::PlacedGpuInstance;
use nvml_mig::{Layout, MachineLock};

use super::change::Trial;
use super::finding::{Source, list};
use super::gpu::placed;
use super::outcome::Outcome;
use crate::console::chain;
use crate::exit::NotEmptied;

/// What is expected.
const ALL_OR_NOTHING: &str = "all or nothing";

impl Trial<'_> {
    /// Brings the GPU back if the process was killed in the middle, as the journal beside its own lock says, and checks what is
    /// there then. `may_be_done` says whether the process can have done all.
    ///
    /// # Errors
    ///
    /// If it is neither all nor nothing. Then it stays.
    pub(super) fn look(
        &mut self,
        lock: &mut MachineLock,
        own: &mut MachineLock,
        layout: &Layout,
        may_be_done: bool,
    ) -> Result<Outcome, Box<dyn Error>> {
        let was_open = own.is_interrupted();
        own.recover(self.machine.nvml(), |_| {})?;
        let (is_open, found) = (own.is_interrupted(), placed(self.device())?);
        let is_all =
            !found.is_empty() && self.plan(layout).is_ok_and(|plan| plan.changes_nothing());
        let is_right = !is_open && (found.is_empty() || is_all && may_be_done);
        self.compare_outcome(layout, is_right, &found, is_open);
        if !is_right {
            return Err(self.half_made(lock, layout)?.into());
        }
        let is_empty = found.is_empty();
        self.there = found;
        Ok(match (was_open, is_empty) {
            (true, _) => Outcome::Interrupted,
            (false, false) => Outcome::Complete,
            (false, true) => Outcome::Unchanged,
        })
    }

    /// The error if it can't be known what a process left: it stays.
    pub(super) fn unread(
        &mut self,
        lock: &mut MachineLock,
        layout: &Layout,
        error: &(dyn Error + 'static),
    ) -> Box<dyn Error> {
        self.is_certain = false;
        let left = self.leave(lock);
        let left = left.unwrap_or_else(|_| "what is left on it can't be read".to_owned());
        let (index, error) = (self.gpu.index, chain(error));
        let text = format!(
            "what a process that creates {layout} on GPU {index} left can't be read: {error}; {left}"
        );
        NotEmptied(text).into()
    }

    fn compare_outcome(
        &mut self,
        layout: &Layout,
        is_right: bool,
        found: &[PlacedGpuInstance],
        is_open: bool,
    ) {
        let what = match (is_right, is_open) {
            (true, _) => ALL_OR_NOTHING.to_owned(),
            (false, true) => format!("{}, and a journal that stays open", list(found)),
            (false, false) => list(found),
        };
        let text = layout.to_string();
        let same = (text.as_str(), "what its creation left");
        let findings = &mut self.gpu.findings;
        findings.compare(Source::Rule, same, &ALL_OR_NOTHING, &what);
    }

    /// Whether the process made what is there, or another program did, can't be told: it stays.
    fn half_made(
        &mut self,
        lock: &mut MachineLock,
        layout: &Layout,
    ) -> Result<NotEmptied, Box<dyn Error>> {
        self.is_certain = false;
        let (index, left) = (self.gpu.index, self.leave(lock)?);
        Ok(NotEmptied(format!(
            "after a process that creates {layout} on GPU {index}, there was neither all of it nor nothing: {left}"
        )))
    }
}
