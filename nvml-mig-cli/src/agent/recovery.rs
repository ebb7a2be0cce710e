//! The change that an agent before this one did not end: it is rolled back first, whatever is wanted now.

use std::time::{Duration, Instant};

use super::delay::{Pace, delay};

/// What became of such a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Recovered {
    /// There is none, or it is rolled back, as this says.
    Whole(Option<String>),
    /// It could not be rolled back completely.
    Open(String),
    /// It is not known: another process has the lock, or the driver does not answer.
    Unknown(String),
}

/// When it is looked for, and what is to be said of it.
#[derive(Debug)]
pub(super) struct Recovery {
    /// `None` if there is none any more.
    due: Option<Instant>,
    tries: u32,
    told: Option<String>,
}

impl Recovery {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            due: Some(now),
            tries: 0,
            told: None,
        }
    }

    pub(super) const fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Takes note of what became of it. What is not known is looked at later; the rest of the work need not wait for it, since a
    /// change begins with the same.
    pub(super) fn found(&mut self, recovered: Recovered, first: Duration, now: Instant) {
        self.tries += 1;
        let again_at = now + delay(first, self.tries, Pace::Fast);
        (self.due, self.told) = match recovered {
            Recovered::Whole(rollback) => (None, rollback),
            Recovered::Open(reason) => (Some(again_at), Some(reason)),
            Recovered::Unknown(_) => (Some(again_at), self.told.take()),
        };
    }

    /// The GPUs have another layout now.
    pub(super) fn forget(&mut self) {
        self.told = None;
    }

    /// Adds it to a reason.
    pub(super) fn with(&self, reason: String) -> String {
        match &self.told {
            Some(told) => format!("{reason}; {told}"),
            None => reason,
        }
    }
}
