//! What was still in use while the clients were paused: no client uses it, so pausing them again would be in vain.

use std::time::{Duration, Instant};

use super::delay::{Pace, delay};

/// The processes that the latest pause did not end, and when another one is due at the earliest.
#[derive(Debug, Default)]
pub(super) struct Survivors {
    users: Vec<String>,
    pauses: u32,
    again_at: Option<Instant>,
}

impl Survivors {
    /// Whether clients may be among these processes. Jobs that come and go would pause the clients each time, so they are paused
    /// more and more rarely.
    pub(super) fn may_be_clients(&self, users: &[String], now: Instant) -> bool {
        let is_known = !users.is_empty() && users.iter().all(|user| self.users.contains(user));
        !is_known && self.again_at.is_none_or(|at| at <= now)
    }

    /// Takes note of what a pause did not end.
    pub(super) fn are(&mut self, users: &[String], first: Duration, now: Instant) {
        self.users = users.to_vec();
        self.pauses += 1;
        self.again_at = Some(now + delay(first, self.pauses, Pace::Slow));
    }

    /// For another request, the next pause is not put off.
    pub(super) const fn hurry(&mut self) {
        self.pauses = 0;
        self.again_at = None;
    }
}
