//! Decides what to do next, from what is seen and what was found before.

use std::time::Instant;

use super::delay::Pace;
use super::findings::Findings;
use super::fit_schedule::FitSchedule;
use super::names::{DEPLOY, OUR_CONFIG, PAUSED_CLIENTS, REASON, REBOOT, RUNNING, STATE};
use super::node_patch::NodePatch;
use super::outcome::Outcome;
use super::policy::Policy;
use super::report::{Report, State};
use super::request::Request;
use super::rival::Rival;
use super::seen::Seen;
use super::step::{Notice, Step};

use crate::arguments::RebootPolicy;

/// The mind of the agent. It remembers only what a restart may forget: the rest is on the node.
#[derive(Debug)]
pub(super) struct Controller {
    policy: Policy,
    findings: Option<Findings>,
    rival: Rival,
    fit: FitSchedule,
    has_rebooted: bool,
}

impl Controller {
    pub(super) fn new(policy: Policy) -> Self {
        let fit = FitSchedule::new(policy.fit_period);
        Self {
            policy,
            findings: None,
            rival: Rival::default(),
            fit,
            has_rebooted: false,
        }
    }

    /// Takes note of an outcome of [`Step::Look`], or of [`Step::Apply`].
    pub(super) fn found(&mut self, request: Request, outcome: Outcome, when: (Instant, Pace)) {
        if matches!(outcome, Outcome::InPlace { plan: Some(_) }) {
            self.fit.hurry(when.0);
        }
        let before = self.findings.take();
        self.findings = Some(Findings::new(request, outcome, before, &self.policy, when));
    }

    /// Takes note of what could still be made; `None` if it can't be read.
    pub(super) fn found_fit(&mut self, fit: Option<String>, now: Instant) {
        self.fit.found(fit, now);
    }

    /// Takes note that the node does not reboot.
    pub(super) fn reboot_failed(&mut self, reason: &str) {
        if let Some(findings) = &mut self.findings {
            findings.outcome = Outcome::Failed {
                reason: format!("the node could not be rebooted: {reason}"),
                fits_instead: None,
                may_pass: false,
            };
        }
    }

    /// Decides.
    pub(super) fn next(&mut self, seen: &Seen<'_>) -> Step {
        match self.decide(seen) {
            Step::Rest { until } => self.fit.next(seen, until),
            step => step,
        }
    }

    fn decide(&mut self, seen: &Seen<'_>) -> Step {
        if let Some(pod) = seen.mig_manager() {
            self.findings = None;
            return yield_to(pod, seen);
        }
        let Some(request) = seen.request() else {
            self.findings = None;
            return without_request(seen);
        };
        match self.findings.take() {
            Some(findings) if findings.request == request => self.go_on(findings, seen),
            _ => self.begin(request, seen),
        }
    }

    /// A new configuration is pending before it is looked at, so that nobody takes the old state for its own.
    fn begin(&mut self, request: Request, seen: &Seen<'_>) -> Step {
        self.rival = Rival::default();
        if seen.node.annotation(OUR_CONFIG) == Some(&request.config) {
            return Step::Look(request);
        }
        let report = Report::new(State::Pending, "the change is being planned");
        let patch = report.patch(&request.config, seen.node, &self.policy);
        Step::Write {
            patch,
            notice: None,
        }
    }

    fn go_on(&mut self, mut findings: Findings, seen: &Seen<'_>) -> Step {
        if findings.retry_at.is_some_and(|at| at <= seen.now) {
            let request = findings.request.clone();
            findings.retry_at = None;
            self.findings = Some(findings);
            return Step::Look(request);
        }
        if self.waits_for_reboot(&findings, seen) {
            // It was found in this boot, by an agent before this one.
            let reason = seen.node.annotation(REASON).unwrap_or_default().to_owned();
            findings.outcome = Outcome::ResetNeeded { reason };
        }
        let step = match &findings.outcome {
            Outcome::Change { .. } => self.toward_change(&mut findings, seen),
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

    /// Pauses the clients, waits for their pods, and applies.
    fn toward_change(&mut self, findings: &mut Findings, seen: &Seen<'_>) -> Step {
        if let Some(write) = self.pause(findings, seen) {
            return write;
        }
        let pods = self.pods_to_wait_for(seen);
        if pods.is_empty() {
            findings.pods_since = None;
            return Step::Apply(findings.request.clone());
        }
        let until = *findings.pods_since.get_or_insert(seen.now) + self.policy.client_timeout;
        if seen.now < until {
            return Step::Rest { until: Some(until) };
        }
        findings.give_up_waiting_for(&pods, &self.policy, seen.now);
        self.settle(findings, seen)
    }

    /// Says on the node what is going to change, and pauses the clients that run.
    fn pause(&mut self, findings: &Findings, seen: &Seen<'_>) -> Option<Step> {
        let config = &findings.request.config;
        let report = self.report(&findings.outcome, config, seen);
        let mut patch = report.patch(config, seen.node, &self.policy);
        let clients = self.policy.clients.iter();
        let clients = clients.map(|client| client.name.as_str());
        let is_running = |name: &&str| seen.node.label(&format!("{DEPLOY}{name}")) == Some(RUNNING);
        let running: Vec<&str> = clients.filter(is_running).collect();
        patch.pause(&running, seen.paused_clients());
        let plan = report.plan.unwrap_or_default().replace('\n', "; ");
        let notice = Notice::normal("MigChange", format!("{config}: {plan}"));
        self.write(patch, Some(notice), seen)
    }

    /// The pods of paused clients that are still there.
    fn pods_to_wait_for<'a>(&self, seen: &Seen<'a>) -> Vec<&'a str> {
        let paused = seen.paused_clients();
        let clients = self.policy.clients.iter();
        let clients = clients.filter(|client| paused.contains(&client.name.as_str()));
        let apps: Vec<&str> = clients.filter_map(|client| client.app.as_deref()).collect();
        let pods = seen.pods.unwrap_or_default().iter();
        pods.filter(|pod| apps.contains(&pod.app.as_str()))
            .map(|pod| pod.name.as_str())
            .collect()
    }

    /// Says on the node what was found, and resumes the clients.
    fn settle(&mut self, findings: &Findings, seen: &Seen<'_>) -> Step {
        let config = &findings.request.config;
        let report = self.report(&findings.outcome, config, seen);
        let mut patch = report.patch(config, seen.node, &self.policy);
        patch.resume(&seen.paused_clients(), seen.node);
        let notice = notice(&report, &findings.outcome, config);
        if let Some(write) = self.write(patch, Some(notice), seen) {
            return write;
        }
        if report.state == State::Rebooting
            && self.policy.reboot == RebootPolicy::Own
            && !self.has_rebooted
        {
            self.has_rebooted = true;
            return Step::Reboot;
        }
        let until = findings.retry_at;
        Step::Rest { until }
    }

    fn report(&self, outcome: &Outcome, config: &str, seen: &Seen<'_>) -> Report {
        match outcome {
            Outcome::InPlace { .. } => Report::new(State::Success, "the GPUs have the layout"),
            Outcome::Change { plan, .. } => Report {
                plan: Some(plan.clone()),
                ..Report::new(State::Pending, "the GPUs are being changed")
            },
            Outcome::Busy { reason, users } => Report {
                users: users.clone(),
                ..Report::new(State::Pending, reason)
            },
            Outcome::Failed {
                reason,
                fits_instead,
                ..
            } => Report {
                fits_instead: fits_instead.clone(),
                ..Report::new(State::Failed, reason)
            },
            Outcome::ResetNeeded { reason } => self.of_reset(reason, config, seen),
        }
    }

    /// The policy decides, and a reboot that did not help is not repeated.
    fn of_reset(&self, reason: &str, config: &str, seen: &Seen<'_>) -> Report {
        if self.policy.reboot == RebootPolicy::None {
            return Report::new(State::Failed, reason);
        }
        let note = seen.node.annotation(REBOOT).unwrap_or_default();
        let earlier = note
            .rsplit_once('@')
            .is_some_and(|(noted, boot)| noted == config && boot != self.policy.boot);
        if earlier {
            let reason = format!("the node was rebooted, and still: {reason}");
            return Report::new(State::Failed, reason);
        }
        Report::new(State::Rebooting, reason)
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

/// Only one program may change the GPUs of a node, and mig-manager knows nothing of this one. Its clients are its own; those
/// that were paused before it came are resumed.
fn yield_to(pod: &str, seen: &Seen<'_>) -> Step {
    let text = format!(
        "NVIDIA's mig-manager runs on this node ({pod}): the agent changes nothing; disable it with the label \
         nvidia.com/gpu.deploy.mig-manager=false"
    );
    let mut patch = NodePatch::default();
    patch.set_annotation(REASON, Some(&text));
    patch.resume(&seen.node.written_clients(), seen.node);
    write_or_rest(patch, Notice::warning("MigManagerRuns", text), seen)
}

/// Without a configuration nothing is changed, but a client may have been paused for one.
fn without_request(seen: &Seen<'_>) -> Step {
    let clients = seen.paused_clients();
    if clients.is_empty() && seen.node.annotation(PAUSED_CLIENTS).is_none() {
        return Step::Rest { until: None };
    }
    let mut patch = NodePatch::default();
    patch.resume(&clients, seen.node);
    let text = format!("resumed {}", clients.join(", "));
    write_or_rest(patch, Notice::normal("ClientsResumed", text), seen)
}

fn write_or_rest(patch: NodePatch, notice: Notice, seen: &Seen<'_>) -> Step {
    match patch.beyond(seen.node) {
        Some(patch) => Step::Write {
            patch,
            notice: Some(notice),
        },
        None => Step::Rest { until: None },
    }
}

fn notice(report: &Report, outcome: &Outcome, config: &str) -> Notice {
    let text = format!("{config}: {}", report.reason);
    match (report.state, outcome) {
        (State::Success, _) => Notice::normal("MigSuccess", text),
        (State::Rebooting, _) => Notice::warning("MigRebootNeeded", text),
        (_, Outcome::Busy { .. }) => Notice::warning("MigBusy", text),
        (_, Outcome::ResetNeeded { .. }) => Notice::warning("MigRebootNeeded", text),
        _ => Notice::warning("MigFailed", text),
    }
}
