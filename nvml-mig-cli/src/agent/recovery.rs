//! The change that an agent before this one did not end: it is rolled back first, whatever is wanted now.

use std::time::{Duration, Instant};

use super::delay::{Pace, delay};

/// The most tries that lengthen the delay while another process has the lock: clients may wait for its end.
const MOST_TRIES: u32 = 3;

/// What became of such a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Recovered {
    /// There is none, or it is rolled back, as this says.
    Whole(Option<String>),
    /// It could not be rolled back completely.
    Open(String),
    /// Another process has the lock, and may be changing the GPUs.
    Locked(String),
    /// It is not known, since the driver does not answer.
    Unknown(String),
}

/// When it is looked for, and what is to be said of it.
#[derive(Debug)]
pub(super) struct Recovery {
    /// `None` if there is none any more.
    due: Option<Instant>,
    tries: u32,
    told: Option<String>,
    /// Who has the lock, if another process has it.
    locked: Option<String>,
}

impl Recovery {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            due: Some(now),
            tries: 0,
            told: None,
            locked: None,
        }
    }

    /// Another agent may have left something behind meanwhile.
    pub(super) const fn hurry(&mut self, now: Instant) {
        self.due = Some(now);
    }

    /// Who may be changing the GPUs. What clients would find is not known then.
    pub(super) fn locked(&self) -> Option<&str> {
        self.locked.as_deref()
    }

    /// Whether clients would find a GPU that nobody changes, as far as it can be known.
    pub(super) const fn is_calm(&self) -> bool {
        self.tries > 0 && self.locked.is_none()
    }

    pub(super) const fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Takes note of what became of it. What is not known is looked at later; the rest of the work need not wait for it, since a
    /// change begins with the same. Returns whether the GPUs may have changed.
    pub(super) fn found(&mut self, recovered: Recovered, first: Duration, now: Instant) -> bool {
        let was_locked = self.locked.take().is_some();
        self.tries += 1;
        if let Recovered::Locked(who) = &recovered {
            self.tries = self.tries.min(MOST_TRIES);
            self.locked = Some(who.clone());
        }
        let has_changed =
            was_locked || matches!(recovered, Recovered::Whole(Some(_)) | Recovered::Open(_));
        let again_at = now + delay(first, self.tries, Pace::Fast);
        (self.due, self.told) = match recovered {
            Recovered::Whole(rollback) => (None, rollback),
            Recovered::Open(reason) => (Some(again_at), Some(reason)),
            Recovered::Locked(_) | Recovered::Unknown(_) => (Some(again_at), self.told.take()),
        };
        has_changed
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
