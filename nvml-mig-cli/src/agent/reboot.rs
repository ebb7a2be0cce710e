//! The site's reboot command: it runs once for each wish, and again later if it fails or the node stays up.

use std::time::{Duration, Instant};

use super::delay::{Pace, delay};

/// So long after a command that succeeded the node may take to go down. Somebody may have cancelled the shutdown.
const GOES_DOWN: Duration = Duration::from_secs(30 * 60);

/// What became of the tries to reboot the node.
#[derive(Debug, Default)]
pub(super) struct Reboot {
    tries: u32,
    /// The wish for which it was tried.
    wish: Option<u64>,
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
    /// Takes note of the wish. What became of the tries for an earlier one does not count.
    pub(super) fn is_for(&mut self, wish: u64) {
        if !self.is_running() && self.wish != Some(wish) {
            *self = Self::default();
        }
        self.wish = Some(wish);
    }

    /// Whether a try is due.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.tries == 0 || self.again_at.is_some_and(|at| at <= now)
    }

    /// Begins a try.
    pub(super) fn begin(&mut self, config: &str) {
        self.tries += 1;
        self.again_at = None;
        self.runs_for = Some(config.to_owned());
    }

    /// Whether the command runs for another configuration than this one.
    pub(super) fn is_for_other(&self, config: Option<&str>) -> bool {
        self.is_running() && self.runs_for.as_deref() != config
    }

    /// Whether the command runs, also while it is being ended.
    pub(super) const fn is_running(&self) -> bool {
        self.runs_for.is_some()
    }

    /// No reboot is wanted any more. Returns whether the command is to be ended.
    pub(super) const fn end(&mut self) -> bool {
        let is_to_end = self.is_running() && !self.is_ending;
        self.is_ending |= is_to_end;
        is_to_end
    }

    /// The layout is in place. If MIG mode gets lost later, that has tries of its own.
    pub(super) fn forget(&mut self) {
        if !self.is_running() {
            let wish = self.wish;
            *self = Self {
                wish,
                ..Self::default()
            };
        }
    }

    /// Takes note of how the command ended.
    pub(super) fn ended(&mut self, failure: Option<String>, first: Duration, now: Instant) {
        if std::mem::take(&mut self.is_ending) {
            *self = Self::default();
            return;
        }
        let again_after = match failure {
            Some(_) => delay(first, self.tries, Pace::Slow),
            None => GOES_DOWN,
        };
        self.again_at = Some(now + again_after);
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
