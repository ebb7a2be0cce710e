//! What the agent does next.

use std::time::Instant;

use super::node_patch::NodePatch;
use super::request::Order;

/// A step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Waits for a change in the cluster, or until this time.
    Rest { until: Option<Instant> },
    /// Changes the node, and then tells.
    Write {
        patch: NodePatch,
        notice: Option<Notice>,
    },
    /// Plans, and changes nothing.
    Look(Order),
    /// Changes the GPUs.
    Apply(Order),
    /// Reads what could still be made.
    Fit,
    /// Rolls back what an agent before this one left behind.
    Recover,
    /// Looks for the same, and changes nothing.
    Inspect,
    /// Runs the reboot command.
    Reboot,
    /// Ends the reboot command.
    EndReboot,
}

/// What becomes an Event of the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Notice {
    pub(super) is_warning: bool,
    pub(super) reason: &'static str,
    pub(super) text: String,
}

impl Notice {
    pub(super) fn normal(reason: &'static str, text: impl Into<String>) -> Self {
        Self {
            is_warning: false,
            reason,
            text: text.into(),
        }
    }

    pub(super) fn warning(reason: &'static str, text: impl Into<String>) -> Self {
        Self {
            is_warning: true,
            ..Self::normal(reason, text)
        }
    }
}
