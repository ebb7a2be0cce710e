//! Says what was found, and acts on it: clients are resumed, and the node may be rebooted.

use super::Controller;

use crate::agent::findings::Findings;
use crate::agent::node_patch::NodePatch;
use crate::agent::outcome::Outcome;
use crate::agent::report::Report;
use crate::agent::seen::Seen;
use crate::agent::state::State;
use crate::agent::step::{Notice, Step};
use crate::arguments::RebootPolicy;

/// What is said after a change for which no client was paused: nobody restarts them then. What runs on the host is not seen in the
/// container.
const RESTART: &str = "; restart what lists MIG devices only when it starts, if it runs on this node: NVIDIA's device plugin, \
    feature discovery and DRA driver, DCGM and its exporter";

impl Controller {
    /// Says on the node what was found, and resumes the clients. What was found a while ago is looked at again before that, and
    /// before the node is rebooted for it.
    pub(super) fn settle(&mut self, findings: &Findings, seen: &Seen<'_>) -> Step {
        let must_look = self.must_look(findings, seen);
        let report = Report::of(
            &findings.outcome,
            &findings.request,
            seen.node,
            &self.policy,
        );
        let reboots = report.state == State::Rebooting && self.policy.reboot == RebootPolicy::Own;
        let report = self.with_troubles(report, reboots, findings);
        if let Some(patch) = self.owed(self.patch(&report, findings, seen), seen) {
            if must_look {
                return self.look_again(findings, seen);
            }
            let notice = notice(&report, findings, seen);
            let notice = self.rival.warning().or(Some(notice));
            return Step::Write { patch, notice };
        }
        self.act(findings, reboots, must_look, seen)
    }

    /// Whether the findings may not be so any more. A look may not show again what only a change has shown.
    fn must_look(&self, findings: &Findings, seen: &Seen<'_>) -> bool {
        let is_shown = match &findings.outcome {
            Outcome::ResetNeeded { .. } => self.policy.reboot != RebootPolicy::None,
            outcome => outcome.is_of_a_look(),
        };
        is_shown && findings.is_old(seen.now)
    }

    fn look_again(&mut self, findings: &Findings, seen: &Seen<'_>) -> Step {
        if let Outcome::InPlace { plan } = &findings.outcome {
            self.unheard.clone_from(plan);
        }
        Step::Look(self.order(&findings.request, seen))
    }

    /// Adds why the node could not be rebooted, if the agent itself is to do that, and what is known of earlier changes.
    fn with_troubles(&mut self, mut report: Report, reboots: bool, findings: &Findings) -> Report {
        self.reboot.is_for(findings.request.wish);
        if let Some(reason) = self.reboot.failure(&report.reason).filter(|_| reboots) {
            (report.state, report.reason) = (State::Failed, reason);
        }
        report.reason = self.recovery.with(report.reason);
        report
    }

    fn patch(&self, report: &Report, findings: &Findings, seen: &Seen<'_>) -> NodePatch {
        let request = &findings.request;
        let mut patch = report.patch_about(request, seen.node, &self.policy);
        self.memory.tell(&mut patch, request.wish, seen.node);
        patch.resume(&seen.paused_clients(), seen.node);
        patch
    }

    /// What follows once the node says it.
    fn act(
        &mut self,
        findings: &Findings,
        reboots: bool,
        must_look: bool,
        seen: &Seen<'_>,
    ) -> Step {
        if reboots && !seen.may_be_old && self.reboot.is_due(seen.now) {
            if must_look {
                return self.look_again(findings, seen);
            }
            self.reboot.begin(&findings.request.config);
            return Step::Reboot;
        }
        if findings.outcome.has_layout() {
            self.reboot.forget();
        }
        let reboot_at = self.reboot.again_at().filter(|_| reboots);
        let until = findings.retry_at.into_iter().chain(reboot_at).min();
        Step::Rest { until }
    }
}

fn notice(report: &Report, findings: &Findings, seen: &Seen<'_>) -> Notice {
    let mut notice = report.notice(&findings.outcome, &findings.request.config);
    let is_new = matches!(findings.outcome, Outcome::InPlace { plan: Some(_) });
    if is_new && seen.paused_clients().is_empty() {
        notice.text.push_str(RESTART);
    }
    notice
}
