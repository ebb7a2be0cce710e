//! Tells the node and the people what is done.

use std::time::Instant;

use super::cluster::RequestError;
use super::names::OUR_STATE;
use super::node_patch::NodePatch;
use super::node_view::NodeView;
use super::step::Notice;
use super::worker::Worker;

use crate::console::{chain, note};

impl Worker {
    /// Changes the node, and makes the Event of it, if the server takes at least the state.
    pub(super) async fn write(
        &mut self,
        patch: &NodePatch,
        notice: Option<Notice>,
        node: &NodeView,
    ) -> Result<(), RequestError> {
        // Who sees the label finds the metric of the same state.
        let state = patch.annotation(OUR_STATE);
        if let Some(state) = state {
            self.metrics.set_state(state);
        }
        self.throttle.count(Instant::now());
        let (node, error) = match self.cluster.write_node(patch, node).await {
            Ok(node) => (node, None),
            Err((error, Some(node))) => (node, Some(error)),
            Err((error, None)) => return Err(error),
        };
        let is_said =
            error.is_none() || state.is_some_and(|state| state == node.annotation(OUR_STATE));
        self.view.take_node(node);
        self.is_answered = true;
        if let Some(notice) = notice.filter(|_| is_said) {
            self.tell(&notice).await;
        }
        if let Some(error) = error {
            return Err(error);
        }
        self.failures = 0;
        Ok(())
    }

    pub(super) async fn tell_of(&mut self, holder: String) {
        if self.told_of.as_ref() == Some(&holder) {
            return;
        }
        let text = format!(
            "another agent, {holder}, has this node: {} changes nothing",
            self.identity
        );
        self.tell(&Notice::warning("MigSecondAgent", text)).await;
        self.told_of = Some(holder);
    }

    /// Logs it, and makes an Event of it. An Event that gets lost is in the log.
    async fn tell(&self, notice: &Notice) {
        note(&format!("{}: {}", notice.reason, notice.text));
        if let Some(node) = self.view.node()
            && let Err(error) = self.cluster.publish(notice, node).await
        {
            note(&format!("the Event could not be made: {}", chain(&error)));
            self.metrics.api_errors.inc();
        }
    }
}
