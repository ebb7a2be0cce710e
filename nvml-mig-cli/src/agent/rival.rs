//! Notices another program that writes the state label.

use super::names::{OUR_STATE, STATE};
use super::node_view::NodeView;
use super::step::Notice;

/// How often another program has overwritten the state for the present request.
#[derive(Debug, Default)]
pub(super) struct Rival {
    times: u32,
    /// The version of the node that was counted last.
    version: Option<String>,
    /// What is to be told of it.
    warning: Option<Notice>,
}

impl Rival {
    pub(super) const REASON: &'static str = "another program writes the label nvidia.com/mig.config.state too, so it is left \
         to that program; the annotation nvml-mig.github.io/state is the agent's";

    /// Compares the label with what the agent wrote in the same request.
    pub(super) fn look(&mut self, node: &NodeView) {
        let Some(ours) = node.annotation(OUR_STATE) else {
            return;
        };
        let found = node.label(STATE);
        if found == Some(ours) || self.version == node.version {
            return;
        }
        self.version.clone_from(&node.version);
        self.times += 1;
        let found = found.unwrap_or("nothing");
        let text = format!("another program changed the label {STATE} from {ours} to {found}");
        self.warning = Some(Notice::warning("MigStateOverwritten", text));
    }

    /// Returns what to tell of it, once.
    pub(super) const fn warning(&mut self) -> Option<Notice> {
        self.warning.take()
    }

    /// Whether to leave it the label: two that write it again and again would never end.
    pub(super) const fn insists(&self) -> bool {
        self.times > 1
    }
}
