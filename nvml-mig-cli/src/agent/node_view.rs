//! What the agent sees of its node.

use std::collections::BTreeMap;

use super::names::{CONFIG, DEPLOY, PAUSED, PAUSED_CLIENTS};

/// The metadata of a node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct NodeView {
    pub(super) uid: Option<String>,
    pub(super) version: Option<String>,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) annotations: BTreeMap<String, String>,
}

impl NodeView {
    /// The configuration that is wanted, if any.
    pub(super) fn config(&self) -> Option<&str> {
        self.label(CONFIG).filter(|name| !name.is_empty())
    }

    pub(super) fn label(&self, name: &str) -> Option<&str> {
        self.labels.get(name).map(String::as_str)
    }

    pub(super) fn annotation(&self, name: &str) -> Option<&str> {
        self.annotations.get(name).map(String::as_str)
    }

    /// The clients that the agent wrote down as paused.
    pub(super) fn written_clients(&self) -> Vec<&str> {
        let written = self.annotation(PAUSED_CLIENTS).unwrap_or_default();
        written.split(',').filter(|name| !name.is_empty()).collect()
    }

    /// Whether clients that the agent wrote down are paused still.
    pub(super) fn has_paused(&self) -> bool {
        let written = self.written_clients();
        self.labelled_clients()
            .any(|client| written.contains(&client))
    }

    /// The clients whose labels say that they are paused.
    pub(super) fn labelled_clients(&self) -> impl Iterator<Item = &str> {
        let paused = self.labels.iter().filter(|(_, value)| *value == PAUSED);
        paused.filter_map(|(label, _)| label.strip_prefix(DEPLOY))
    }

    /// Whether this is an older version of the node than another. What can't be compared is taken for newer.
    pub(super) fn is_older_than(&self, other: &Self) -> bool {
        let number = |node: &Self| node.version.as_deref().and_then(|v| v.parse::<u64>().ok());
        self.uid == other.uid
            && matches!((number(self), number(other)), (Some(own), Some(other)) if own < other)
    }
}
