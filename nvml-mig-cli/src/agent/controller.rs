//! Decides what to do next, from what is seen and what was found before.

mod announcement;
mod pauses;
mod recovering;
mod settling;
mod waits;
mod writing;

use std::time::Instant;

use super::clients::Clients;
use super::delay::Pace;
use super::findings::Findings;
use super::fit_schedule::FitSchedule;
use super::idle::without_request;
use super::memory::Memory;
use super::outcome::Outcome;
use super::policy::Policy;
use super::reboot::Reboot;
use super::recovery::{Recovered, Recovery};
use super::request::{Order, Request};
use super::rival::Rival;
use super::seen::Seen;
use super::step::Step;
use super::survivors::Survivors;
use super::verdict::Verdict;

use crate::arguments::RebootPolicy;

use writing::marked;

/// The mind of the agent. It remembers only what a restart may forget, or what the node could not be told yet: the rest is on the
/// node.
#[derive(Debug)]
pub(super) struct Controller {
    policy: Policy,
    findings: Option<Findings>,
    rival: Rival,
    survivors: Survivors,
    recovery: Recovery,
    /// Whether no client ran when the latest work on the GPUs began.
    is_alone: bool,
    /// Whether another agent had the node since the latest work on the GPUs began.
    is_work_outdated: bool,
    /// Which wish it has begun with.
    wish: Option<u64>,
    /// Whether mig-manager has the node.
    stands_by: bool,
    fit: FitSchedule,
    reboot: Reboot,
    memory: Memory,
    /// The steps of a change that the node could not be told.
    unheard: Option<String>,
    /// Whether the node was told that the driver does not answer, in the work that goes on.
    has_hung: bool,
}

impl Controller {
    pub(super) fn new(policy: Policy) -> Self {
        let fit = FitSchedule::new(policy.fit_period);
        Self {
            policy,
            findings: None,
            rival: Rival::default(),
            survivors: Survivors::default(),
            recovery: Recovery::new(Instant::now()),
            is_alone: false,
            is_work_outdated: false,
            wish: None,
            stands_by: false,
            fit,
            reboot: Reboot::default(),
            memory: Memory::default(),
            unheard: None,
            has_hung: false,
        }
    }

    /// Takes note of an outcome of [`Step::Look`], or of [`Step::Apply`].
    pub(super) fn found(&mut self, request: Request, mut verdict: Verdict, when: (Instant, Pace)) {
        let unheard = self.unheard.take();
        if let Outcome::InPlace { plan: plan @ None } = &mut verdict.outcome {
            *plan = unheard;
        }
        let outcome = &verdict.outcome;
        self.memory
            .found(&request, &verdict.have_it, outcome.has_layout());
        if let Outcome::InPlace { plan } = outcome {
            self.recovery.forget();
            if plan.is_some() {
                self.fit.hurry(when.0);
            }
        }
        if matches!(outcome, Outcome::Changed { .. }) && when.1 == Pace::Slow {
            // Some of the GPUs may have been changed.
            self.fit.hurry(when.0);
        }
        if let Outcome::Locked { reason } = outcome {
            self.recovered(Recovered::Locked(reason.clone()), when.0);
        }
        if matches!(outcome, Outcome::Open { .. }) {
            self.recovery.hurry(when.0);
        }
        let before = self.findings.take();
        let mut findings = Findings::new(request, verdict.outcome, before, &self.policy, when);
        findings.is_alone = self.is_alone;
        if self.is_work_outdated {
            findings.outdate();
        }
        self.findings = Some(findings);
    }

    /// Takes note of what could still be made; `None` if it can't be read.
    pub(super) fn found_fit(&mut self, fit: Option<String>, now: Instant) {
        self.fit.found(fit, now);
    }

    /// Takes note that the API server was away, or did not take what it was told: the GPUs may not be any more as they were found.
    pub(super) fn outdate(&mut self) {
        self.findings.iter_mut().for_each(Findings::outdate);
    }

    /// Takes note of how the reboot command ended.
    pub(super) fn reboot_ended(&mut self, failure: Option<String>, now: Instant) {
        self.reboot.ended(failure, self.policy.first_delay, now);
    }

    /// Decides, and marks the node as long as something is to be finished.
    pub(super) fn next(&mut self, seen: &Seen<'_>) -> Step {
        self.has_hung = false;
        let step = self.next_work(seen);
        marked(step, seen, self.are_gpus_whole())
    }

    fn next_work(&mut self, seen: &Seen<'_>) -> Step {
        self.memory.forget_what_is_told(seen.node);
        match self.decide(seen) {
            Step::Rest { until } => {
                let later = self.recovery.due().filter(|due| *due > seen.now);
                let until = until.into_iter().chain(later).min();
                if self.recovery.locked().is_some() {
                    // What fits would not be true for long.
                    return Step::Rest { until };
                }
                self.fit.next(seen, until)
            }
            step @ (Step::Look(_) | Step::Apply(_)) => {
                self.is_work_outdated = false;
                self.is_alone = Clients::new(&self.policy.clients, seen).are_gone();
                step
            }
            step => step,
        }
    }

    fn decide(&mut self, seen: &Seen<'_>) -> Step {
        let config = seen.node.config().filter(|_| seen.mig_manager().is_none());
        if self.reboot.is_for_other(config) && self.reboot.end() {
            return Step::EndReboot;
        }
        if let Some(pod) = seen.mig_manager() {
            return self.stand_by(pod, seen);
        }
        if std::mem::take(&mut self.stands_by) {
            self.recovery.may_begin(seen.now);
        }
        if self.recovery.due().is_some_and(|due| due <= seen.now) {
            return Step::Recover;
        }
        if let Some(who) = self.recovery.locked().map(str::to_owned)
            && !seen.paused_clients().is_empty()
        {
            return self.wait_for_lock(who, seen);
        }
        let Some(config) = seen.node.config() else {
            self.findings = None;
            return without_request(seen, &self.policy);
        };
        let Some(request) = seen.request() else {
            return self.wait_for_watches(config, seen);
        };
        if let Some(write) = self.announce(&request, seen) {
            return write;
        }
        match self.findings.take() {
            Some(findings) if findings.request == request => self.go_on(findings, seen),
            _ if seen.may_be_old => Step::Rest { until: None },
            _ => self.begin(&request, seen),
        }
    }

    fn begin(&mut self, request: &Request, seen: &Seen<'_>) -> Step {
        self.wish = Some(request.wish);
        self.unheard = None;
        self.rival = Rival::default();
        self.survivors.hurry();
        Step::Look(self.order(request, seen))
    }

    /// What is to be done for a request, by what the GPUs have had.
    fn order(&self, request: &Request, seen: &Seen<'_>) -> Order {
        Order {
            request: request.clone(),
            had: self.memory.had(request, seen.node),
        }
    }

    fn go_on(&mut self, mut findings: Findings, seen: &Seen<'_>) -> Step {
        if findings.retry_at.is_some_and(|at| at <= seen.now) {
            let order = self.order(&findings.request, seen);
            findings.retry_at = None;
            self.findings = Some(findings);
            return Step::Look(order);
        }
        let since = findings.request.noted_boot(seen.node);
        let is_noted = since == Some(&self.policy.boot);
        if self.policy.reboot != RebootPolicy::None {
            findings.wait_for_reboot(is_noted, &self.policy);
        }
        // The command may have unloaded the driver.
        let is_unseen = is_noted && findings.outcome.is_unseen();
        if findings.waits_for_reboot().is_none() && !is_unseen && self.reboot.end() {
            self.findings = Some(findings);
            return Step::EndReboot;
        }
        let step = match &findings.outcome {
            // It may reboot the node until it has ended.
            Outcome::Change { .. } | Outcome::Busy { .. }
                if self.reboot.is_running() && !findings.is_settled =>
            {
                Step::Rest { until: None }
            }
            Outcome::Change { .. } => self.without_clients(&mut findings, seen, Step::Apply),
            Outcome::Busy { .. } if !findings.is_settled => self.past_clients(&mut findings, seen),
            _ => self.settle(&findings, seen),
        };
        self.findings = Some(findings);
        step
    }
}
