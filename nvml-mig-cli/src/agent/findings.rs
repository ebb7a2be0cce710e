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
}

impl Findings {
    /// Takes note of an outcome. What was found before counts if it is about the same request.
    pub(super) fn new(
        request: Request,
        outcome: Outcome,
        before: Option<Self>,
        policy: &Policy,
        (now, pace): (Instant, Pace),
    ) -> Self {
        let before = before.filter(|findings| findings.request == request);
        let tries = before.as_ref().map_or(0, |findings| findings.tries);
        let busy_since = before.and_then(|findings| findings.busy_since);
        let is_busy = matches!(outcome, Outcome::Busy { .. });
        let busy_since = is_busy.then(|| busy_since.unwrap_or(now));
        let mut findings = Self {
            request,
            outcome: unless_given_up(outcome, busy_since, policy, now),
            tries,
            retry_at: None,
            busy_since,
            pods_since: None,
        };
        match &findings.outcome {
            Outcome::InPlace { .. } => findings.tries = 0,
            Outcome::Busy { .. } | Outcome::Failed { may_pass: true, .. } => {
                findings.retry(policy.first_delay, (now, pace));
            }
            Outcome::ResetNeeded { .. } if policy.reboot == RebootPolicy::None => {
                findings.retry(policy.first_delay, (now, Pace::Slow));
            }
            _ => {}
        }
        findings
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

    fn retry(&mut self, first: Duration, (now, pace): (Instant, Pace)) {
        self.tries += 1;
        self.retry_at = Some(now + delay(first, self.tries, pace));
    }
}

fn unless_given_up(
    outcome: Outcome,
    since: Option<Instant>,
    policy: &Policy,
    now: Instant,
) -> Outcome {
    let waited = since.map(|since| now.saturating_duration_since(since));
    match (outcome, waited, policy.busy_limit) {
        (Outcome::Busy { reason, .. }, Some(waited), Some(limit)) if waited >= limit => {
            let seconds = waited.as_secs();
            Outcome::Failed {
                reason: format!("gave up after {seconds} s: {reason}"),
                fits_instead: None,
                may_pass: false,
            }
        }
        (outcome, ..) => outcome,
    }
}
