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

/// The value of the annotation that asks for a reboot.
const ASKED: &str = "true";

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

    /// Asks for a reboot with the site's annotation.
    pub(super) fn ask_for_reboot(&mut self, own: &str, node: &NodeView) {
        self.take_reboot_back(Some(own), node);
        self.set_annotation(own, Some(ASKED));
        self.set_annotation(REBOOT_ASKED, Some(own));
    }

    /// Takes back what was asked for, also with the annotation that the site chose before. One with another value is not the
    /// agent's: somebody has edited the note.
    pub(super) fn take_reboot_back(&mut self, own: Option<&str>, node: &NodeView) {
        let Some(asked) = node.annotation(REBOOT_ASKED) else {
            return;
        };
        for name in own.into_iter().chain([asked]) {
            if node.annotation(name) == Some(ASKED) {
                self.set_annotation(name, None);
            }
        }
        self.set_annotation(REBOOT_ASKED, None);
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

    /// What of it is worth to be written alone if the server refuses more, the most first: it without what the GPUs have had, what
    /// resumes clients, for which nothing else may have to be accepted, and what the GPUs have had.
    pub(super) fn parts(&self) -> Vec<Self> {
        if matches!(self.annotation(PAUSED_CLIENTS), Some(Some(_))) {
            // Nobody is paused without all that is to be said of it.
            return Vec::new();
        }
        let is_told = matches!(self.annotation(APPLIED), Some(Some(_)));
        let resumed = |name: &str| name == PAUSED_CLIENTS;
        let had = |name: &str| name == APPLIED;
        let mut parts = vec![
            self.only(|_, _| is_told, |name| is_told && !had(name)),
            self.only(is_resumed, |name| resumed(name) || had(name)),
            self.only(is_resumed, resumed),
            self.only(is_resumed, |_| false),
            self.only(|_, _| false, |name| is_told && had(name)),
        ];
        parts.retain(|part| part != self && *part != Self::default());
        parts.dedup();
        parts
    }

    fn only(
        &self,
        is_label: impl Fn(&str, Option<&str>) -> bool,
        is_annotation: impl Fn(&str) -> bool,
    ) -> Self {
        let mut part = self.clone();
        part.labels
            .retain(|name, value| is_label(name, value.as_deref()));
        part.annotations.retain(|name, _| is_annotation(name));
        part
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

fn is_resumed(label: &str, value: Option<&str>) -> bool {
    label.starts_with(DEPLOY) && value == Some(RUNNING)
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
