//! The site's reboot command: it runs once, and again later if it fails.

use std::time::{Duration, Instant};

use super::delay::{Pace, delay};

/// What became of the tries to reboot the node.
#[derive(Debug, Default)]
pub(super) struct Reboot {
    tries: u32,
    /// The configuration for which the command runs.
    runs_for: Option<String>,
    /// Whether the command is being ended.
    is_ending: bool,
    /// Why the latest one failed.
    failure: Option<String>,
    /// When it is tried again.
    again_at: Option<Instant>,
}

impl Reboot {
    /// Begins a try if one is due. A command that succeeded needs no other: the node is going down.
    pub(super) fn begin(&mut self, config: &str, now: Instant) -> bool {
        let is_due = self.tries == 0 || self.again_at.is_some_and(|at| at <= now);
        if is_due {
            self.tries += 1;
            self.again_at = None;
            self.runs_for = Some(config.to_owned());
        }
        is_due
    }

    /// Whether the command runs for another configuration than this one.
    pub(super) fn is_for_other(&self, config: Option<&str>) -> bool {
        self.runs_for.is_some() && self.runs_for.as_deref() != config
    }

    /// Returns whether the command is to be ended, which is not wanted any more.
    pub(super) fn end(&mut self) -> bool {
        let is_running = self.runs_for.is_some() && !self.is_ending;
        self.is_ending |= is_running;
        is_running
    }

    /// Takes note of how the command ended.
    pub(super) fn ended(&mut self, failure: Option<String>, first: Duration, now: Instant) {
        if std::mem::take(&mut self.is_ending) {
            *self = Self::default();
            return;
        }
        let again_at = now + delay(first, self.tries, Pace::Slow);
        self.again_at = failure.is_some().then_some(again_at);
        self.failure = failure;
        self.runs_for = None;
    }

    /// Adds a failure to the reason for a reboot.
    pub(super) fn failure(&self, reason: &str) -> Option<String> {
        let failure = self.failure.as_ref()?;
        Some(format!(
            "the node could not be rebooted: {failure}; {reason}"
        ))
    }

    pub(super) const fn again_at(&self) -> Option<Instant> {
        self.again_at
    }
}
