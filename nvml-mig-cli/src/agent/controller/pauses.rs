//! Pauses clients for a change, or to see whether they are in the way.

use super::Controller;

use crate::agent::clients::Clients;
use crate::agent::findings::Findings;
use crate::agent::outcome::Outcome;
use crate::agent::report::Report;
use crate::agent::request::Order;
use crate::agent::seen::Seen;
use crate::agent::step::{Notice, Step};

impl Controller {
    /// Clients may be what uses the GPUs: it is looked again without them. If others use them too, nothing is changed.
    pub(super) fn past_clients(&mut self, findings: &mut Findings, seen: &Seen<'_>) -> Step {
        let clients = Clients::new(&self.policy.clients, seen);
        let users = findings.users();
        let is_pause_due =
            clients.running().is_empty() || self.survivors.may_be_clients(users, seen.now);
        if !findings.is_alone && is_pause_due {
            return self.without_clients(findings, seen, Step::Look);
        }
        if findings.is_alone && clients.may_be_ending(users) {
            let again_at = findings.try_again_alone(&self.policy, seen.now);
            if again_at.is_some() {
                return Step::Rest { until: again_at };
            }
        }
        if findings.is_alone {
            let users = findings.users();
            self.survivors.are(users, self.policy.first_delay, seen.now);
        }
        findings.settle_busy(&self.policy, seen.now);
        self.settle(findings, seen)
    }

    /// Pauses the clients, waits for their pods, and takes the step.
    pub(super) fn without_clients(
        &mut self,
        findings: &mut Findings,
        seen: &Seen<'_>,
        step: fn(Order) -> Step,
    ) -> Step {
        // Who has the lock may keep it: nobody is paused for that, whatever was found before.
        if let Some(who) = self.recovery.locked().map(str::to_owned) {
            return self.wait_for_lock(who, seen);
        }
        if seen.may_be_old && !findings.has_paused() {
            return Step::Rest { until: None };
        }
        let running = Clients::new(&self.policy.clients, seen).running();
        let resumed = findings.resumed_by_others(&running);
        if !resumed.is_empty() {
            findings.give_up_pausing(&resumed, &self.policy, seen.now);
            return self.settle(findings, seen);
        }
        if let Some(write) = self.pause(findings, seen) {
            return write;
        }
        findings.are_paused(&seen.paused_clients());
        self.without_pods(findings, seen, step)
    }

    /// Waits for the pods of the paused clients, and takes the step.
    fn without_pods(
        &mut self,
        findings: &mut Findings,
        seen: &Seen<'_>,
        step: fn(Order) -> Step,
    ) -> Step {
        let pods = Clients::new(&self.policy.clients, seen).pods();
        if pods.is_empty() {
            findings.pods_are_gone(seen.now);
            return step(self.order(&findings.request, seen));
        }
        let until = *findings.pods_since.get_or_insert(seen.now) + self.policy.client_timeout;
        if seen.now < until {
            return Step::Rest { until: Some(until) };
        }
        findings.give_up_waiting_for(&pods, &self.policy, seen.now);
        self.settle(findings, seen)
    }

    /// Says on the node what is going to change, or what is in the way, and pauses the clients that run.
    pub(super) fn pause(&mut self, findings: &Findings, seen: &Seen<'_>) -> Option<Step> {
        let request = &findings.request;
        let report = Report::of(&findings.outcome, request, seen.node, &self.policy);
        let mut patch = report.patch_about(request, seen.node, &self.policy);
        if matches!(findings.outcome, Outcome::Change { .. }) {
            self.memory.begins(request);
        }
        self.memory.tell(&mut patch, request.wish, seen.node);
        let running = Clients::new(&self.policy.clients, seen).running();
        patch.pause(&running, seen.paused_clients());
        let config = &request.config;
        let notice = match &report.plan {
            Some(plan) => {
                let plan = plan.replace('\n', "; ");
                Notice::normal("MigChange", format!("{config}: {plan}"))
            }
            None => {
                let text = format!("{config}: a client may be the user: {}", report.reason);
                Notice::normal("ClientsPaused", text)
            }
        };
        self.write(patch, notice, seen)
    }
}
