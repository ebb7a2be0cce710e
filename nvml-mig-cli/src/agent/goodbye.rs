//! The end of the agent: a change ends between two steps, the clients are resumed, and the lease is given back.

use std::time::{Duration, Instant};

use super::cluster::RequestError;
use super::node_patch::NodePatch;
use super::node_view::NodeView;
use super::worker::Worker;

use crate::change::signals;
use crate::console::{chain, note};

/// The longest that a change may take to be rolled back, and the longest without the end of a step. Together with [`GOODBYE`], it
/// is less than the manifest's grace period.
const LONGEST_END: Duration = Duration::from_secs(90);
const LONGEST_STEP: Duration = Duration::from_secs(15);
/// How long it tries to resume the clients. A server that answers takes a few milliseconds.
const GOODBYE: Duration = Duration::from_secs(20);
/// The pause after a request that failed.
const PAUSE: Duration = Duration::from_millis(500);
/// How often it looks whether a step has ended.
const GLANCE: Duration = Duration::from_millis(100);

impl Worker {
    /// Ends a running change between two steps, resumes the clients, gives the lease back, and ends the reboot command: the next
    /// agent would run it a second time.
    pub(super) async fn end(&mut self) {
        signals::stop();
        self.reboot.iter().for_each(|run| run.end("the agent ends"));
        self.leave().await;
        if let Some(run) = &mut self.reboot
            && let Some(reason) = run.done().await
        {
            note(&format!("the node could not be rebooted: {reason}"));
        }
    }

    async fn leave(&mut self) {
        let open = if self.end_job().await {
            self.controller.obstacle().map(str::to_owned)
        } else {
            Some("a call of the driver does not return".to_owned())
        };
        if let Some(reason) = &open {
            note(&format!(
                "{reason}: clients that are paused stay so, and the next agent resumes them"
            ));
        }
        let is_open = open.is_some();
        let mut is_resumed = is_open;
        let goodbye = self.say_goodbye(is_open, &mut is_resumed);
        let trouble = match tokio::time::timeout(GOODBYE, goodbye).await {
            Ok(Ok(())) => return note("ended"),
            Ok(Err(error)) => chain(&error),
            Err(_) => format!(
                "the API server does not answer within {} s",
                GOODBYE.as_secs()
            ),
        };
        let what = if is_resumed {
            "the lease is not given back"
        } else {
            "clients may still be paused"
        };
        note(&format!("ended, but {what}: {trouble}"));
    }

    /// Waits for a running change. Returns whether the GPUs are whole; a look need not be waited for.
    async fn end_job(&mut self) -> bool {
        let began = Instant::now();
        while let Some(job) = self.job.as_mut().filter(|job| job.is_change()) {
            tokio::select! {
                done = job.done() => self.take(done),
                () = tokio::time::sleep(GLANCE) => {
                    let limit = LONGEST_STEP.min(self.hang_limit);
                    // A step that took long before gets the same time.
                    let silent = job.silent_for().min(began.elapsed());
                    if began.elapsed() >= LONGEST_END || silent >= limit {
                        return false;
                    }
                }
            }
        }
        true
    }

    /// A server that refuses what is to be said keeps nobody paused, and gets the lease back all the same.
    async fn say_goodbye(&self, is_open: bool, is_resumed: &mut bool) -> Result<(), RequestError> {
        let Some(Some(lease)) = self.view.lease() else {
            return Ok(());
        };
        if lease.holder.as_ref() != Some(&self.identity) {
            return Ok(());
        }
        self.say_last_words(is_open).await?;
        *is_resumed = true;
        self.cluster.release_lease(lease).await
    }

    /// Tries it until the server takes it, as long as it matters.
    async fn say_last_words(&self, is_open: bool) -> Result<(), RequestError> {
        let seen = self.view.node();
        let are_paused = seen.is_some_and(|node| !node.written_clients().is_empty());
        let is_owed = seen.is_some_and(|node| self.last_words(node).is_some());
        if is_open && !is_owed {
            return Ok(());
        }
        loop {
            match self.resume(is_open).await {
                Ok(()) => return Ok(()),
                Err(RequestError::Conflict) => {}
                Err(error) if (are_paused && !is_open) || (is_owed && !error.is_by_server()) => {
                    note(&format!("a request failed: {}", chain(&error)));
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error) if error.is_by_server() => {
                    note(&format!("a request failed: {}", chain(&error)));
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Which GPUs have had the layout, if the node was not told.
    fn last_words(&self, node: &NodeView) -> Option<NodePatch> {
        let mut patch = NodePatch::default();
        self.controller
            .last_words(&mut patch, self.view.wish(), node);
        patch.beyond(node)
    }

    /// Says what the GPUs have had, resumes the clients, unless nobody knows what they would find, and takes back what only an
    /// agent ends, if nothing is wanted any more.
    async fn resume(&self, is_open: bool) -> Result<(), RequestError> {
        let node = self.cluster.node().await?;
        let mut patch = self.last_words(&node).unwrap_or_default();
        if !is_open {
            patch.resume(&node.written_clients(), &node);
            if node.config().is_none() {
                self.controller.take_back(&mut patch, &node);
            }
            patch.mark(&node, self.controller.are_gpus_whole());
        }
        let Some(patch) = patch.beyond(&node) else {
            return Ok(());
        };
        match self.cluster.write_node(&patch, &node).await {
            Ok(_) => Ok(()),
            Err((error, None)) => Err(error),
            Err((error, Some(node))) if !is_open && node.has_paused() => Err(error),
            Err((error, Some(_))) => {
                note(&format!("not all could be said: {}", chain(&error)));
                Ok(())
            }
        }
    }
}
