//! The site's reboot command: it runs once, and again later if it fails.

use std::time::{Duration, Instant};

use super::delay::{Pace, delay};

/// What became of the tries to reboot the node.
#[derive(Debug, Default)]
pub(super) struct Reboot {
    tries: u32,
    /// Why the latest one failed.
    failure: Option<String>,
    /// When it is tried again.
    again_at: Option<Instant>,
}

impl Reboot {
    /// Begins a try if one is due. A command that succeeded needs no other: the node is going down.
    pub(super) fn begin(&mut self, now: Instant) -> bool {
        let is_due = self.tries == 0 || self.again_at.is_some_and(|at| at <= now);
        if is_due {
            self.tries += 1;
            self.again_at = None;
        }
        is_due
    }

    /// Takes note of how the command ended.
    pub(super) fn ended(&mut self, failure: Option<String>, first: Duration, now: Instant) {
        let again_at = now + delay(first, self.tries, Pace::Slow);
        self.again_at = failure.is_some().then_some(again_at);
        self.failure = failure;
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
