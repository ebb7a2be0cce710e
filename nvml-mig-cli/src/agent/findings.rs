//! What was found about a request.

use std::time::{Duration, Instant};

use super::delay::{Pace, delay};
use super::outcome::Outcome;
use super::policy::Policy;
use super::request::Request;

use crate::arguments::RebootPolicy;

/// The latest outcome, and when to try again.
#[derive(Debug)]
pub(super) struct Findings {
    pub(super) request: Request,
    pub(super) outcome: Outcome,
    /// The tries without success in a row.
    tries: u32,
    pub(super) retry_at: Option<Instant>,
    /// Since when something is in use.
    busy_since: Option<Instant>,
    /// Since when the pods of paused clients are waited for.
    pub(super) pods_since: Option<Instant>,
    /// Whether no client ran when the outcome was found.
    pub(super) is_alone: bool,
    /// Since when it is tried again and again with the clients paused.
    alone_since: Option<Instant>,
    /// Whether the clients need not be paused for it any more.
    pub(super) is_settled: bool,
    found: (Instant, Pace),
}

impl Findings {
    /// Takes note of an outcome. What was found before counts if it is about the same request.
    pub(super) fn new(
        request: Request,
        outcome: Outcome,
        before: Option<Self>,
        policy: &Policy,
        found: (Instant, Pace),
    ) -> Self {
        let (now, _) = found;
        let before = before.filter(|findings| findings.request == request);
        let before = before.as_ref();
        let is_busy = matches!(outcome, Outcome::Busy { .. });
        // A plan that can be made does not say that the driver agrees.
        let stays_alone = is_busy || matches!(outcome, Outcome::Change { .. });
        let busy_since = before.and_then(|findings| findings.busy_since);
        let mut findings = Self {
            request,
            outcome,
            tries: before.map_or(0, |findings| findings.tries),
            retry_at: None,
            alone_since: before.and_then(|findings| findings.alone_since.filter(|_| stays_alone)),
            busy_since: is_busy.then(|| busy_since.unwrap_or(now)),
            pods_since: None,
            is_alone: false,
            is_settled: false,
            found,
        };
        match &findings.outcome {
            Outcome::InPlace { .. } | Outcome::Changed { .. } => {
                findings.tries = 0;
                findings.retry_at = Some(now + delay(policy.look_period, 1, Pace::Fast));
            }
            Outcome::Failed { may_pass: true, .. } | Outcome::Open { .. } => {
                findings.retry(policy.first_delay, found);
            }
            Outcome::Unusable { .. } | Outcome::Locked { .. } => {
                findings.retry(policy.first_delay, (now, Pace::Fast));
            }
            Outcome::ResetNeeded { .. } if policy.reboot == RebootPolicy::None => {
                findings.retry(policy.first_delay, (now, Pace::Slow));
            }
            _ => {}
        }
        findings
    }

    /// The processes that use what has to be changed.
    pub(super) fn users(&self) -> &[String] {
        match &self.outcome {
            Outcome::Busy { users, .. } => users,
            _ => &[],
        }
    }

    /// Returns when to try again with the clients still paused, unless it was tried so for the longest time that one may take to
    /// end.
    pub(super) fn try_again_alone(&mut self, policy: &Policy, now: Instant) -> Option<Instant> {
        let since = *self.alone_since.get_or_insert(now);
        let until = since + policy.client_timeout;
        self.retry_at = (now < until).then(|| (self.found.0 + policy.first_delay).min(until));
        self.retry_at
    }

    /// Takes note that others than the clients use what has to be changed.
    pub(super) fn settle_busy(&mut self, policy: &Policy, now: Instant) {
        self.is_settled = true;
        self.alone_since = None;
        let waited = self
            .busy_since
            .map(|since| now.saturating_duration_since(since));
        match (&self.outcome, waited, policy.busy_limit) {
            (Outcome::Busy { reason, .. }, Some(waited), Some(limit)) if waited >= limit => {
                self.outcome = Outcome::Failed {
                    reason: format!("gave up after {} s: {reason}", waited.as_secs()),
                    fits_instead: None,
                    may_pass: false,
                };
            }
            _ => self.retry(policy.first_delay, (now, self.found.1)),
        }
    }

    /// Takes note that pods are still there after the longest wait.
    pub(super) fn give_up_waiting_for(&mut self, pods: &[&str], policy: &Policy, now: Instant) {
        let (pods, seconds) = (pods.join(", "), policy.client_timeout.as_secs());
        self.pods_since = None;
        self.retry(policy.first_delay, (now, Pace::Slow));
        self.outcome = Outcome::Failed {
            reason: format!("these pods did not end within {seconds} s: {pods}"),
            fits_instead: None,
            may_pass: true,
        };
    }

    /// What waited for the lock goes on at once, without clients that come back in between.
    pub(super) fn is_unlocked(&mut self, now: Instant) {
        if matches!(self.outcome, Outcome::Locked { .. }) {
            self.retry_at = Some(now);
        }
    }

    fn retry(&mut self, first: Duration, (now, pace): (Instant, Pace)) {
        self.tries += 1;
        self.retry_at = Some(now + delay(first, self.tries, pace));
    }
}
