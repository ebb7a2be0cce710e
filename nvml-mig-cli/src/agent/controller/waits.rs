//! What is said while nothing can be decided.

use std::time::Instant;

use super::{Controller, marked};

use crate::agent::findings::Findings;
use crate::agent::idle::{take_back, wait_for_watches, without_request, yield_to};
use crate::agent::memory::Memory;
use crate::agent::names::{OUR_CONFIG, REASON};
use crate::agent::node_patch::NodePatch;
use crate::agent::node_view::NodeView;
use crate::agent::report::Report;
use crate::agent::seen::Seen;
use crate::agent::state::State;
use crate::agent::step::{Notice, Step};

impl Controller {
    /// Says that a call of the driver does not return. During a change, it is not known what clients would find.
    pub(in crate::agent) fn hang(&mut self, seen: &Seen<'_>, is_change: bool) -> Step {
        let may_resume = !is_change && self.recovery.obstacle().is_none();
        let step = match self.idle(seen) {
            Some(idle) if may_resume => idle,
            _ if seen.mig_manager().is_some() => Step::Rest { until: None },
            _ => self.tell_of_hang(seen, may_resume),
        };
        marked(step, seen, !is_change && self.are_gpus_whole())
    }

    /// What an agent that ends says of the GPUs.
    pub(in crate::agent) fn last_words(&self, patch: &mut NodePatch, wish: u64, node: &NodeView) {
        self.memory.tell_last(patch, wish, node);
    }

    /// Takes back what only an agent ends.
    pub(in crate::agent) fn take_back(&self, patch: &mut NodePatch, node: &NodeView) {
        take_back(patch, node, &self.policy);
    }

    /// Returns the step for a node on which nothing is to be changed; `None` if something is wanted.
    fn idle(&self, seen: &Seen<'_>) -> Option<Step> {
        match seen.mig_manager() {
            Some(pod) => Some(yield_to(pod, seen, self.doubt(seen.now), &self.policy)),
            None if seen.node.config().is_none() => Some(without_request(seen, &self.policy)),
            None => None,
        }
    }

    fn tell_of_hang(&mut self, seen: &Seen<'_>, may_resume: bool) -> Step {
        let reason = format!(
            "a call of the driver has not returned for {} s: the node may have to be rebooted",
            self.policy.hang_limit.as_secs()
        );
        let Some(config) = seen.node.config() else {
            return tell_only_why(reason, seen);
        };
        self.has_hung = true;
        let notice = Notice::warning("MigDriverHangs", format!("{config}: {reason}"));
        let report = Report::new(State::Failed, reason);
        let mut patch = report.patch(config, seen.node, &self.policy);
        if may_resume {
            patch.resume(&seen.paused_clients(), seen.node);
        }
        self.write(patch, notice, seen)
            .unwrap_or(Step::Rest { until: None })
    }

    /// mig-manager may change the GPUs at any time, so nothing is rolled back beside it. Clients that are paused are resumed if the
    /// GPUs are known to be whole.
    pub(super) fn stand_by(&mut self, pod: &str, seen: &Seen<'_>) -> Step {
        self.findings = None;
        self.memory = Memory::default();
        self.stands_by = true;
        let is_due = self.recovery.due().is_some_and(|due| due <= seen.now);
        if is_due && !seen.node.written_clients().is_empty() {
            return Step::Inspect;
        }
        yield_to(pod, seen, self.doubt(seen.now), &self.policy)
    }

    /// Why clients may not be resumed as long as nothing may be rolled back.
    fn doubt(&self, now: Instant) -> Option<&str> {
        let is_over = self.resumes_at().is_some_and(|at| at <= now);
        self.recovery.doubt().filter(|_| !is_over)
    }

    /// When clients are resumed though another process has the lock: it may never end.
    fn resumes_at(&self) -> Option<Instant> {
        let since = self.recovery.locked_since();
        since.map(|since| since + self.policy.client_timeout)
    }

    /// Says who may be changing the GPUs. Clients that are paused stay so for a while: nobody knows what they would find.
    pub(super) fn wait_for_lock(&mut self, mut who: String, seen: &Seen<'_>) -> Step {
        let config = about(seen);
        let until = self.resumes_at();
        let until = until.filter(|_| !seen.paused_clients().is_empty());
        let is_over = until.is_some_and(|until| until <= seen.now);
        if is_over {
            let seconds = self.policy.client_timeout.as_secs();
            who.push_str(&format!("; the clients are resumed after {seconds} s"));
        }
        let notice = Notice::warning("MigBusy", format!("{config}: {who}"));
        let report = Report::new(State::Pending, who);
        let mut patch = report.patch(config, seen.node, &self.policy);
        if is_over {
            patch.resume(&seen.paused_clients(), seen.node);
        }
        let until = until.filter(|until| *until > seen.now);
        self.write(patch, notice, seen)
            .unwrap_or(Step::Rest { until })
    }

    pub(super) fn wait_for_watches(&mut self, config: &str, seen: &Seen<'_>) -> Step {
        let missing = seen.missing.clone().unwrap_or_default();
        let reason = self.recovery.with(missing);
        self.findings.iter_mut().for_each(Findings::are_resumed);
        let is_set_anew = self.is_set_anew(seen.wish);
        let (patch, notice) = wait_for_watches(config, reason, is_set_anew, seen, &self.policy);
        self.write(patch, notice, seen)
            .unwrap_or(Step::Rest { until: None })
    }
}

/// No state is written without a configuration. The reason is, as long as clients are paused.
fn tell_only_why(reason: String, seen: &Seen<'_>) -> Step {
    let mut patch = NodePatch::default();
    if !seen.node.written_clients().is_empty() {
        patch.set_annotation(REASON, Some(&reason));
    }
    let notice = Some(Notice::warning("MigDriverHangs", reason));
    let patch = patch.beyond(seen.node);
    patch.map_or(Step::Rest { until: None }, |patch| Step::Write {
        patch,
        notice,
    })
}

/// The configuration that is wanted, or was.
fn about<'a>(seen: &Seen<'a>) -> &'a str {
    let about = seen.node.config().or(seen.node.annotation(OUR_CONFIG));
    about.unwrap_or_default()
}
