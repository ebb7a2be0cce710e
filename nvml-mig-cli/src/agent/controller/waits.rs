//! What is said while nothing can be decided.

use super::Controller;

use crate::agent::idle::wait_for_watches;
use crate::agent::names::OUR_CONFIG;
use crate::agent::report::Report;
use crate::agent::seen::Seen;
use crate::agent::state::State;
use crate::agent::step::{Notice, Step};

impl Controller {
    /// Says that a call of the driver does not return. During a change, it is not known what clients would find.
    pub(in crate::agent) fn hang(&mut self, seen: &Seen<'_>, is_change: bool) -> Step {
        let rest = Step::Rest { until: None };
        let Some(config) = seen.node.config() else {
            return rest;
        };
        let reason = format!(
            "a call of the driver has not returned for {} s: the node may have to be rebooted",
            self.policy.hang_limit.as_secs()
        );
        let notice = Notice::warning("MigDriverHangs", format!("{config}: {reason}"));
        let report = Report::new(State::Failed, reason);
        let mut patch = report.patch(config, seen.node, &self.policy);
        if !is_change {
            patch.resume(&seen.paused_clients(), seen.node);
        }
        patch.mark(seen.node, !is_change && self.are_gpus_whole());
        self.write(patch, Some(notice), seen).unwrap_or(rest)
    }

    /// Says who may be changing the GPUs. Clients that are paused stay so: nobody knows what they would find.
    pub(super) fn wait_for_lock(&mut self, who: String, seen: &Seen<'_>) -> Step {
        let about = seen.node.config().or(seen.node.annotation(OUR_CONFIG));
        let config = about.unwrap_or_default();
        let notice = Notice::warning("MigBusy", format!("{config}: {who}"));
        let report = Report::new(State::Pending, who);
        let patch = report.patch(config, seen.node, &self.policy);
        self.write(patch, Some(notice), seen)
            .unwrap_or(Step::Rest { until: None })
    }

    pub(super) fn wait_for_watches(&mut self, config: &str, seen: &Seen<'_>) -> Step {
        let missing = seen.missing.clone().unwrap_or_default();
        let reason = self.recovery.with(missing);
        let (patch, notice) = wait_for_watches(config, reason, seen, &self.policy);
        self.write(patch, Some(notice), seen)
            .unwrap_or(Step::Rest { until: None })
    }
}
