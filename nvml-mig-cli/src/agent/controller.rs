//! Decides what to do next, from what is seen and what was found before.

mod announcement;
mod pauses;
mod recovering;
mod waits;

use std::time::Instant;

use super::clients::Clients;
use super::delay::Pace;
use super::findings::Findings;
use super::fit_schedule::FitSchedule;
use super::idle::without_request;
use super::memory::Memory;
use super::names::{REASON, REBOOT, STATE};
use super::node_patch::NodePatch;
use super::outcome::Outcome;
use super::policy::Policy;
use super::reboot::Reboot;
use super::recovery::{Recovered, Recovery};
use super::report::Report;
use super::request::{Order, Request};
use super::rival::Rival;
use super::seen::Seen;
use super::state::State;
use super::step::{Notice, Step};
use super::survivors::Survivors;
use super::verdict::Verdict;

use crate::arguments::RebootPolicy;

/// What is said after a change for which no client was paused: nobody restarts them then. What runs on the host is not seen in the
/// container.
const RESTART: &str = "; restart what lists MIG devices only when it starts, if it runs on this node: NVIDIA's device plugin, \
    feature discovery and DRA driver, DCGM and its exporter";

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
    /// Which wish it has begun with.
    wish: Option<u64>,
    /// Whether mig-manager has the node.
    stands_by: bool,
    fit: FitSchedule,
    reboot: Reboot,
    memory: Memory,
    /// The steps of a change that the node could not be told.
    unheard: Option<String>,
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
            wish: None,
            stands_by: false,
            fit,
            reboot: Reboot::default(),
            memory: Memory::default(),
            unheard: None,
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
        self.findings = Some(findings);
    }

    /// Takes note of what could still be made; `None` if it can't be read.
    pub(super) fn found_fit(&mut self, fit: Option<String>, now: Instant) {
        self.fit.found(fit, now);
    }

    /// Takes note that the node could not be told. When it can be, the GPUs may not be any more as they were found.
    pub(super) fn is_unheard(&mut self, now: Instant) {
        let Some(findings) = &mut self.findings else {
            return;
        };
        if let Outcome::InPlace { plan } = &findings.outcome {
            self.unheard.clone_from(plan);
        }
        if findings.outcome.has_layout() {
            findings.retry_at = Some(now);
        }
    }

    /// Takes note of how the reboot command ended.
    pub(super) fn reboot_ended(&mut self, failure: Option<String>, now: Instant) {
        self.reboot.ended(failure, self.policy.first_delay, now);
    }

    /// Decides, and marks the node as long as something is to be finished.
    pub(super) fn next(&mut self, seen: &Seen<'_>) -> Step {
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
            return without_request(seen);
        };
        let Some(request) = seen.request() else {
            return self.wait_for_watches(config, seen);
        };
        if let Some(write) = self.announce(&request, seen) {
            return write;
        }
        match self.findings.take() {
            Some(findings) if findings.request == request => self.go_on(findings, seen),
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
        if self.waits_for_reboot(&findings, seen) {
            // It was found in this boot, by an agent before this one.
            let reason = "a change of MIG mode waits for a reboot".to_owned();
            findings.outcome = Outcome::ResetNeeded { reason };
        }
        let step = match &findings.outcome {
            Outcome::Change { .. } => self.without_clients(&mut findings, seen, Step::Apply),
            Outcome::Busy { .. } if !findings.is_settled => self.past_clients(&mut findings, seen),
            _ => self.settle(&findings, seen),
        };
        self.findings = Some(findings);
        step
    }

    /// Whether a change of MIG mode was tried in this boot already, and a reboot was asked for.
    fn waits_for_reboot(&self, findings: &Findings, seen: &Seen<'_>) -> bool {
        let note = self.policy.reboot_note(&findings.request.config);
        matches!(
            findings.outcome,
            Outcome::Change {
                changes_mode: true,
                ..
            }
        ) && self.policy.reboot != RebootPolicy::None
            && seen.node.annotation(REBOOT) == Some(&note)
    }

    /// Says on the node what was found, and resumes the clients.
    fn settle(&mut self, findings: &Findings, seen: &Seen<'_>) -> Step {
        let config = &findings.request.config;
        let mut report = Report::of(&findings.outcome, config, seen.node, &self.policy);
        let reboots = report.state == State::Rebooting && self.policy.reboot == RebootPolicy::Own;
        self.reboot.is_for(findings.request.wish);
        if let Some(reason) = self.reboot.failure(&report.reason).filter(|_| reboots) {
            (report.state, report.reason) = (State::Failed, reason);
        }
        report.reason = self.recovery.with(report.reason);
        let mut patch = report.patch(config, seen.node, &self.policy);
        findings.request.tell(&mut patch);
        self.memory.tell(&mut patch, &findings.request, seen.node);
        let clients = seen.paused_clients();
        patch.resume(&clients, seen.node);
        let mut notice = report.notice(&findings.outcome, config);
        if clients.is_empty() && matches!(findings.outcome, Outcome::InPlace { plan: Some(_) }) {
            notice.text.push_str(RESTART);
        }
        if let Some(write) = self.write(patch, Some(notice), seen) {
            return write;
        }
        if reboots && self.reboot.begin(config, seen.now) {
            return Step::Reboot;
        }
        if findings.outcome.has_layout() && self.reboot.end() {
            return Step::EndReboot;
        }
        let reboot_at = self.reboot.again_at().filter(|_| reboots);
        let until = findings.retry_at.into_iter().chain(reboot_at).min();
        Step::Rest { until }
    }

    /// Writes what the node does not have yet, unless another program insists on its state.
    fn write(
        &mut self,
        mut patch: NodePatch,
        notice: Option<Notice>,
        seen: &Seen<'_>,
    ) -> Option<Step> {
        let mut notice = notice;
        if let Some(warning) = self.rival.look(seen.node) {
            notice = Some(warning);
        }
        if self.rival.insists() {
            patch.leave_label(STATE);
            patch.set_annotation(REASON, Some(Rival::REASON));
        }
        let patch = patch.beyond(seen.node)?;
        Some(Step::Write { patch, notice })
    }
}

/// Marks the node in the same request, or in one of its own.
fn marked(step: Step, seen: &Seen<'_>, are_gpus_whole: bool) -> Step {
    let (mut patch, other) = match step {
        Step::Write { patch, notice } => (patch, Err(notice)),
        step @ Step::Rest { .. } => (NodePatch::default(), Ok(step)),
        step => return step,
    };
    patch.mark(seen.node, are_gpus_whole);
    let notice = match other {
        Ok(rest) if patch == NodePatch::default() => return rest,
        Ok(_) => None,
        Err(notice) => notice,
    };
    Step::Write { patch, notice }
}
