//! A change of the node's labels and annotations.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::names::{
    APPLIED, DEPLOY, OUR_STATE, PAUSED, PAUSED_CLIENTS, REBOOT_ASKED, RUNNING, UNFINISHED,
};
use super::node_view::NodeView;
use super::state::State;

/// The most bytes of an annotation; a node may have 256 KiB of them, and others need some.
const MOST_BYTES: usize = 4096;

/// Labels and annotations to set, or to remove.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct NodePatch {
    labels: BTreeMap<String, Option<String>>,
    annotations: BTreeMap<String, Option<String>>,
}

impl NodePatch {
    pub(super) fn set_label(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.labels.insert(name.into(), Some(value.into()));
    }

    pub(super) fn set_annotation(&mut self, name: &str, value: Option<&str>) {
        let value = value.map(shortened);
        self.annotations.insert(name.to_owned(), value);
    }

    pub(super) fn remove_label(&mut self, name: &str) {
        self.labels.insert(name.to_owned(), None);
    }

    /// Asks for a reboot with this annotation. If there is none, what was asked before is taken back.
    pub(super) fn ask_for_reboot(&mut self, annotation: Option<&str>, node: &NodeView) {
        if let Some(asked) = node.annotation(REBOOT_ASKED) {
            self.set_annotation(asked, None);
        }
        if let Some(annotation) = annotation {
            self.set_annotation(annotation, Some("true"));
        }
        self.set_annotation(REBOOT_ASKED, annotation);
    }

    /// The new value of an annotation, if it changes.
    pub(super) fn annotation(&self, name: &str) -> Option<Option<&str>> {
        self.annotations.get(name).map(Option::as_deref)
    }

    /// Does not touch this label.
    pub(super) fn leave_label(&mut self, name: &str) {
        self.labels.remove(name);
    }

    /// Pauses these clients, and records them with those that were paused before. Both are in one request, so that the next agent
    /// knows of them after a crash.
    pub(super) fn pause(&mut self, clients: &[&str], before: Vec<&str>) {
        for client in clients {
            self.set_label(format!("{DEPLOY}{client}"), PAUSED);
        }
        let mut all = before;
        all.extend(clients);
        all.sort_unstable();
        all.dedup();
        let all = Some(all.join(",")).filter(|all| !all.is_empty());
        self.set_annotation(PAUSED_CLIENTS, all.as_deref());
    }

    /// Resumes these clients. A client that somebody else has set to another value since stays so.
    pub(super) fn resume(&mut self, clients: &[&str], node: &NodeView) {
        for client in clients {
            let label = format!("{DEPLOY}{client}");
            if node.label(&label) == Some(PAUSED) {
                self.set_label(label, RUNNING);
            }
        }
        self.set_annotation(PAUSED_CLIENTS, None);
    }

    /// Marks the node if something is left to be finished or taken back after this change, and takes the mark away if nothing is,
    /// as far as the GPUs are known to be whole.
    pub(super) fn mark(&mut self, node: &NodeView, are_gpus_whole: bool) {
        let is_marked = node.label(UNFINISHED).is_some();
        match self.leaves_something(node) {
            true if !is_marked => self.set_label(UNFINISHED, "true"),
            false if is_marked && are_gpus_whole => self.remove_label(UNFINISHED),
            _ => {}
        }
    }

    fn leaves_something(&self, node: &NodeView) -> bool {
        let after = |name| self.annotation(name).unwrap_or(node.annotation(name));
        let state = after(OUR_STATE);
        after(PAUSED_CLIENTS).is_some()
            || after(REBOOT_ASKED).is_some()
            || State::OPEN.iter().any(|it| state == Some(it.name()))
    }

    /// Only what of it resumes clients, if it does, and what the GPUs have had.
    pub(super) fn resuming(&self) -> Option<Self> {
        if self.annotation(PAUSED_CLIENTS) != Some(None) {
            return None;
        }
        let labels = self
            .labels
            .iter()
            .filter(|(name, value)| name.starts_with(DEPLOY) && value.as_deref() == Some(RUNNING));
        let annotations = self
            .annotations
            .iter()
            .filter(|(name, _)| [PAUSED_CLIENTS, APPLIED].contains(&name.as_str()));
        let owned = |(name, value): (&String, &Option<String>)| (name.clone(), value.clone());
        Some(Self {
            labels: labels.map(owned).collect(),
            annotations: annotations.map(owned).collect(),
        })
    }

    /// Returns what of it the node does not have yet, or `None` if nothing is left.
    pub(super) fn beyond(mut self, node: &NodeView) -> Option<Self> {
        self.labels
            .retain(|name, value| value.as_deref() != node.label(name));
        self.annotations
            .retain(|name, value| value.as_deref() != node.annotation(name));
        (!self.labels.is_empty() || !self.annotations.is_empty()).then_some(self)
    }

    /// The merge patch, which the server refuses if the node has changed since it was seen.
    pub(super) fn to_json(&self, node: &NodeView) -> Value {
        json!({"metadata": {
            "resourceVersion": node.version,
            "labels": self.labels,
            "annotations": self.annotations,
        }})
    }
}

fn shortened(text: &str) -> String {
    if text.len() <= MOST_BYTES {
        return text.to_owned();
    }
    let end = (0..=MOST_BYTES)
        .rev()
        .find(|&end| text.is_char_boundary(end));
    format!("{}...", text.get(..end.unwrap_or(0)).unwrap_or_default())
}
