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
    /// There is one, and it may not be rolled back now.
    Found(String),
    /// Another process has the lock, and may be changing the GPUs.
    Locked(String),
    /// The same, but no journal says that a change was begun.
    Waiting(String),
    /// It is not known, since the driver does not answer.
    Unknown(String),
}

/// What is known of the GPUs.
#[derive(Debug)]
enum Left {
    /// Nobody has looked yet.
    Unseen,
    Nothing,
    /// A rollback was tried, which is all that can be done.
    Open,
    /// The GPUs are half-made, or this says why it is not known; a rollback is still to be tried.
    Untried(String),
    /// This process has the lock.
    Locked(String),
    /// The driver does not answer: a client would get no answer either.
    NoAnswer(String),
}

/// When it is looked for, and what is to be said of it.
#[derive(Debug)]
pub(super) struct Recovery {
    left: Left,
    /// `None` if there is none any more.
    due: Option<Instant>,
    tries: u32,
    told: Option<String>,
    /// Since when another process has had the lock whenever it was tried, if clients need not have waited before.
    locked_since: Option<Instant>,
}

impl Recovery {
    pub(super) const fn new(now: Instant) -> Self {
        Self {
            left: Left::Unseen,
            due: Some(now),
            tries: 0,
            told: None,
            locked_since: None,
        }
    }

    /// Something may have been left behind meanwhile.
    pub(super) fn hurry(&mut self, now: Instant) {
        self.left = Left::Unseen;
        self.locked_since = None;
        self.due = Some(now);
    }

    /// What was left alone may be rolled back from now on.
    pub(super) fn may_begin(&mut self, now: Instant) {
        if self.due.is_some() {
            self.hurry(now);
        }
    }

    /// Who may be changing the GPUs. What clients would find is not known then.
    pub(super) fn locked(&self) -> Option<&str> {
        match &self.left {
            Left::Locked(who) => Some(who),
            _ => None,
        }
    }

    /// Since when, if clients need not have waited before: those that are paused do not wait for ever.
    pub(super) const fn locked_since(&self) -> Option<Instant> {
        self.locked_since
    }

    /// Why clients may not be resumed: another process may be changing the GPUs, or they are half-made.
    pub(super) fn obstacle(&self) -> Option<&str> {
        match &self.left {
            Left::Nothing | Left::Open | Left::NoAnswer(_) => None,
            Left::Unseen => Some("a change may not have been rolled back"),
            Left::Untried(reason) | Left::Locked(reason) => Some(reason),
        }
    }

    /// The same if nothing may be rolled back.
    pub(super) fn doubt(&self) -> Option<&str> {
        match &self.left {
            Left::NoAnswer(reason) => Some(reason),
            Left::Open => Some("a change could not be rolled back"),
            _ => self.obstacle(),
        }
    }

    pub(super) const fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Takes note of what became of it. What is not known is looked at later; the rest of the work need not wait for it, since a
    /// change begins with the same. Returns whether the GPUs may have changed.
    pub(super) fn found(&mut self, recovered: Recovered, first: Duration, now: Instant) -> bool {
        let was_locked = self.locked().is_some();
        self.tries += 1;
        let is_waiting = matches!(recovered, Recovered::Waiting(_));
        if is_waiting || matches!(recovered, Recovered::Locked(_)) {
            self.tries = self.tries.min(MOST_TRIES);
            let is_first = is_waiting || self.obstacle().is_none();
            self.locked_since = self.locked_since.or(is_first.then_some(now));
        } else {
            self.locked_since = None;
        }
        let has_changed =
            was_locked || matches!(recovered, Recovered::Whole(Some(_)) | Recovered::Open(_));
        let again_at = now + delay(first, self.tries, Pace::Fast);
        self.due = (!matches!(recovered, Recovered::Whole(_))).then_some(again_at);
        self.left = match recovered {
            Recovered::Whole(rollback) => {
                self.told = rollback;
                Left::Nothing
            }
            Recovered::Open(reason) => {
                self.told = Some(reason);
                Left::Open
            }
            Recovered::Found(reason) => Left::Untried(reason),
            Recovered::Locked(who) | Recovered::Waiting(who) => Left::Locked(who),
            Recovered::Unknown(reason) => Left::NoAnswer(reason),
        };
        has_changed
    }

    /// The GPUs have another layout now.
    pub(super) fn forget(&mut self) {
        self.told = None;
    }

    /// Adds it to a reason that does not say it already.
    pub(super) fn with(&self, reason: String) -> String {
        match &self.told {
            Some(told) if !reason.contains(told) => format!("{reason}; {told}"),
            _ => reason,
        }
    }
}
