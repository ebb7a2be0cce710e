//! The clients of the GPUs: which of them run, and which of their pods are still there.

use super::names::{DEPLOY, RUNNING};
use super::seen::Seen;

use crate::arguments::GpuClient;

/// The clients that the site chose, as the node and the pods show them.
#[derive(Debug)]
pub(super) struct Clients<'a> {
    chosen: &'a [GpuClient],
    seen: &'a Seen<'a>,
    paused: Vec<&'a str>,
}

impl<'a> Clients<'a> {
    pub(super) fn new(chosen: &'a [GpuClient], seen: &'a Seen<'a>) -> Self {
        let paused = seen.paused_clients();
        Self {
            chosen,
            seen,
            paused,
        }
    }

    /// The clients that the operator deploys now.
    pub(super) fn running(&self) -> Vec<&'a str> {
        let names = self.chosen.iter().map(|client| client.name.as_str());
        let node = self.seen.node;
        names
            .filter(|name| node.label(&format!("{DEPLOY}{name}")) == Some(RUNNING))
            .collect()
    }

    /// The pods of paused clients that are still there.
    pub(super) fn pods(&self) -> Vec<&'a str> {
        let apps: Vec<&str> = self.paused().filter_map(|it| it.app.as_deref()).collect();
        let pods = self.seen.pods.unwrap_or_default().iter();
        pods.filter(|pod| apps.contains(&pod.app.as_str()))
            .map(|pod| pod.name.as_str())
            .collect()
    }

    /// Whether none runs, as far as it can be known.
    pub(super) fn are_gone(&self) -> bool {
        self.running().is_empty() && self.pods().is_empty()
    }

    /// Whether a paused client may still be ending: its pods can't be seen, or what these processes are is not known either.
    pub(super) fn may_be_ending(&self, users: &[String]) -> bool {
        let is_unseen = |client: &GpuClient| client.app.is_none() || self.seen.pods.is_none();
        self.paused().any(is_unseen) || (users.is_empty() && !self.paused.is_empty())
    }

    fn paused(&self) -> impl Iterator<Item = &'a GpuClient> {
        let chosen = self.chosen.iter();
        chosen.filter(|client| self.paused.contains(&client.name.as_str()))
    }
}
