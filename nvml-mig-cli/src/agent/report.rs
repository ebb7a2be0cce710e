//! What the agent says on the node about a request.

use super::names::{BUSY, FITS_INSTEAD, OUR_CONFIG, OUR_STATE, PLAN, REASON, REBOOT, STATE};
use super::node_patch::NodePatch;
use super::node_view::NodeView;
use super::outcome::Outcome;
use super::policy::Policy;
use super::request::Request;
use super::state::State;
use super::step::Notice;

use crate::arguments::RebootPolicy;

/// A report.
#[derive(Debug, Clone)]
pub(super) struct Report {
    pub(super) state: State,
    pub(super) reason: String,
    /// `None` leaves what is there.
    pub(super) plan: Option<String>,
    pub(super) users: Vec<String>,
    pub(super) fits_instead: Option<String>,
    /// Whether a change waits for a reboot, also if nobody could reboot the node yet.
    waits_for_reboot: bool,
}

impl Report {
    pub(super) fn new(state: State, reason: impl Into<String>) -> Self {
        Self {
            state,
            reason: reason.into(),
            plan: None,
            users: Vec::new(),
            fits_instead: None,
            waits_for_reboot: state == State::Rebooting,
        }
    }

    /// What to say of an outcome.
    pub(super) fn of(
        outcome: &Outcome,
        request: &Request,
        node: &NodeView,
        policy: &Policy,
    ) -> Self {
        match outcome {
            Outcome::InPlace { .. } => Self::new(State::Success, "the GPUs have the layout"),
            Outcome::Unusable { reason }
            | Outcome::Open { reason }
            | Outcome::Changed { reason } => Self::new(State::Failed, reason),
            Outcome::Change { plan, .. } => Self {
                plan: Some(plan.clone()),
                ..Self::new(State::Pending, "the GPUs are being changed")
            },
            Outcome::Busy { reason, users, .. } => Self {
                users: users.clone(),
                ..Self::new(State::Pending, reason)
            },
            Outcome::Locked { reason } => Self::new(State::Pending, reason),
            Outcome::Failed {
                reason,
                fits_instead,
                ..
            } => Self {
                fits_instead: fits_instead.clone(),
                ..Self::new(State::Failed, reason)
            },
            Outcome::ResetNeeded { reason } => Self::of_reset(reason, request, node, policy),
        }
    }

    /// The policy decides, and a reboot that did not help is not repeated.
    fn of_reset(reason: &str, request: &Request, node: &NodeView, policy: &Policy) -> Self {
        if policy.reboot == RebootPolicy::None {
            return Self::new(State::Failed, reason);
        }
        let since = request.noted_boot(node);
        if since.is_some_and(|boot| boot != policy.boot) {
            let reason = format!("the node was rebooted, and still: {reason}");
            return Self::new(State::Failed, reason);
        }
        Self::new(State::Rebooting, reason)
    }

    /// The Event that says it.
    pub(super) fn notice(&self, outcome: &Outcome, config: &str) -> Notice {
        let text = format!("{config}: {}", self.reason);
        match (self.state, outcome) {
            (State::Success, _) => Notice::normal("MigSuccess", text),
            (State::Rebooting, _) => Notice::warning("MigRebootNeeded", text),
            (_, Outcome::Busy { .. } | Outcome::Locked { .. }) => Notice::warning("MigBusy", text),
            (_, Outcome::ResetNeeded { .. }) => Notice::warning("MigRebootNeeded", text),
            _ => Notice::warning("MigFailed", text),
        }
    }

    /// The labels and annotations that say this about a configuration.
    pub(super) fn patch(&self, config: &str, node: &NodeView, policy: &Policy) -> NodePatch {
        let mut patch = NodePatch::default();
        let state = self.state.name();
        patch.set_label(STATE, state);
        patch.set_annotation(OUR_STATE, Some(state));
        patch.set_annotation(OUR_CONFIG, Some(config));
        patch.set_annotation(REASON, Some(&self.reason));
        let users = Some(self.users.join(", ")).filter(|users| !users.is_empty());
        patch.set_annotation(BUSY, users.as_deref());
        patch.set_annotation(FITS_INSTEAD, self.fits_instead.as_deref());
        if node.annotation(OUR_CONFIG) != Some(config) || self.plan.is_some() {
            patch.set_annotation(PLAN, self.plan.as_deref());
        }
        match policy.asks_with() {
            Some(own) if self.state == State::Rebooting => patch.ask_for_reboot(own, node),
            own => patch.take_reboot_back(own, node),
        }
        patch
    }

    /// The same about a request. The note of a reboot stays as long as no other layout is wanted, which an error in the file is not.
    pub(super) fn patch_about(
        &self,
        request: &Request,
        node: &NodeView,
        policy: &Policy,
    ) -> NodePatch {
        let mut patch = self.patch(&request.config, node, policy);
        request.tell(&mut patch);
        let is_of_other = request.layout().is_some() && request.noted_boot(node).is_none();
        if self.waits_for_reboot {
            request.note_reboot(&mut patch, &policy.boot);
        } else if self.state == State::Success || policy.reboot == RebootPolicy::None || is_of_other
        {
            patch.set_annotation(REBOOT, None);
        }
        patch
    }
}
