//! What was found about a request.

use std::time::{Duration, Instant};

use super::delay::{Pace, delay};
use super::outcome::Outcome;
use super::policy::Policy;
use super::request::Request;

use crate::arguments::RebootPolicy;

/// After this time, what was found may not be so any more.
const OLD: Duration = Duration::from_secs(10);

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
    /// The clients that were seen to be paused for it.
    paused: Vec<String>,
    /// Why a change of MIG mode waits for a reboot, as it was found before.
    waits_since: Option<String>,
    /// Whether something went wrong since, and more may have changed meanwhile.
    is_outdated: bool,
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
        let stays_busy = is_busy || matches!(outcome, Outcome::Change { .. });
        let busy_since = before.and_then(|findings| findings.busy_since.filter(|_| stays_busy));
        let mut findings = Self {
            request,
            outcome,
            tries: before.map_or(0, |findings| findings.tries),
            retry_at: None,
            alone_since: before.and_then(|findings| findings.alone_since.filter(|_| stays_busy)),
            busy_since: busy_since.or(is_busy.then_some(now)),
            pods_since: None,
            is_alone: false,
            is_settled: false,
            paused: Vec::new(),
            waits_since: before.and_then(Self::waits_for_reboot),
            is_outdated: false,
            found,
        };
        match &findings.outcome {
            Outcome::InPlace { .. } | Outcome::Changed { .. } => {
                findings.tries = 0;
                findings.look_later(policy);
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
            // A change that the driver refused would be refused again.
            Outcome::Failed { .. } if found.1 == Pace::Slow => {}
            // A GPU that comes may have room for it.
            Outcome::ResetNeeded { .. } | Outcome::Failed { .. } => findings.look_later(policy),
            Outcome::Change { .. } | Outcome::Busy { .. } => {}
        }
        findings
    }

    fn look_later(&mut self, policy: &Policy) {
        self.retry_at = Some(self.found.0 + delay(policy.look_period, 1, Pace::Fast));
    }

    /// Whether the GPUs must be looked at again before the node is told, or rebooted.
    pub(super) fn is_old(&self, now: Instant) -> bool {
        self.is_outdated || self.found.0 + OLD <= now
    }

    pub(super) const fn outdate(&mut self) {
        self.is_outdated = true;
    }

    /// Why a reboot is waited for, if it is. It is as long as only a reset is missing, and while that can't be seen.
    pub(super) fn waits_for_reboot(&self) -> Option<String> {
        match &self.outcome {
            Outcome::ResetNeeded { reason } => Some(reason.clone()),
            outcome if outcome.is_without_reset() => None,
            _ => self.waits_since.clone(),
        }
    }

    /// Waits for a reboot, if the same was found before, or an agent before this one wrote it down.
    pub(super) fn wait_for_reboot(&mut self, is_noted: bool, policy: &Policy) {
        let noted = || "a change of MIG mode waits for a reboot".to_owned();
        let reason = self.waits_since.clone().or(is_noted.then(noted));
        if let Some(reason) = reason.filter(|_| self.outcome.changes_mode()) {
            self.outcome = Outcome::ResetNeeded { reason };
            self.look_later(policy);
        }
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

    /// Takes note that no pod is waited for any more. If a plan could be made, nothing was in use meanwhile.
    pub(super) fn pods_are_gone(&mut self, now: Instant) {
        let since = self.pods_since.take().unwrap_or(now);
        if matches!(self.outcome, Outcome::Change { .. }) {
            let waited = now.saturating_duration_since(since);
            self.busy_since = self.busy_since.map(|busy_since| busy_since + waited);
        }
    }

    /// Takes note that pods are still there after the longest wait.
    pub(super) fn give_up_waiting_for(&mut self, pods: &[&str], policy: &Policy, now: Instant) {
        let (pods, seconds) = (pods.join(", "), policy.client_timeout.as_secs());
        self.pods_since = None;
        self.busy_since = None;
        self.retry(policy.first_delay, (now, Pace::Slow));
        self.outcome = Outcome::Failed {
            reason: format!("these pods did not end within {seconds} s: {pods}"),
            fits_instead: None,
            may_pass: true,
        };
    }

    /// Takes note of the clients that are paused for it.
    pub(super) fn are_paused(&mut self, clients: &[&str]) {
        self.paused = clients.iter().map(|&it| it.to_owned()).collect();
    }

    /// Takes note that the agent itself has resumed them. If they are paused again, they have their time again.
    pub(super) fn are_resumed(&mut self) {
        self.paused.clear();
        self.pods_since = None;
        self.alone_since = None;
    }

    /// Whether clients are paused for it.
    pub(super) const fn has_paused(&self) -> bool {
        !self.paused.is_empty()
    }

    /// Returns which of them run again, so that pausing them might have no end.
    pub(super) fn resumed_by_others<'a>(&self, running: &[&'a str]) -> Vec<&'a str> {
        let running = running.iter().copied();
        running
            .filter(|it| self.paused.iter().any(|paused| paused == it))
            .collect()
    }

    /// Takes note that others have resumed these clients while their pods were waited for.
    pub(super) fn give_up_pausing(&mut self, clients: &[&str], policy: &Policy, now: Instant) {
        let clients = clients.join(", ");
        self.pods_since = None;
        self.busy_since = None;
        self.retry(policy.first_delay, (now, Pace::Slow));
        let reason = format!("another program resumed clients that were paused: {clients}");
        self.outcome = Outcome::failed(reason, true);
    }

    /// What waited for the lock goes on at once, without clients that come back in between. Who had it may have changed the GPUs;
    /// but what has its delays before another change keeps them.
    pub(super) const fn is_unlocked(&mut self, now: Instant) {
        if !matches!(
            self.outcome,
            Outcome::Failed { .. } | Outcome::Open { .. } | Outcome::ResetNeeded { .. }
        ) {
            self.retry_at = Some(now);
        }
    }

    fn retry(&mut self, first: Duration, (now, pace): (Instant, Pace)) {
        self.tries += 1;
        self.retry_at = Some(now + delay(first, self.tries, pace));
    }
}
