//! The end of the agent: a change ends between two steps, the clients are resumed, and the lease is given back.

use std::time::{Duration, Instant};

use super::cluster::RequestError;
use super::idle::take_back;
use super::node_patch::NodePatch;
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
        let goodbye = self.say_goodbye(&mut is_resumed);
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
                    if began.elapsed() >= LONGEST_END || job.silent_for() >= limit {
                        return false;
                    }
                }
            }
        }
        true
    }

    async fn say_goodbye(&self, is_resumed: &mut bool) -> Result<(), RequestError> {
        let Some(Some(lease)) = self.view.lease() else {
            return Ok(());
        };
        if lease.holder.as_ref() != Some(&self.identity) {
            return Ok(());
        }
        let seen = self.view.node();
        let are_paused = seen.is_some_and(|node| !node.written_clients().is_empty());
        while !*is_resumed {
            match self.resume().await {
                Ok(()) => *is_resumed = true,
                Err(RequestError::Conflict) => {}
                Err(error) if are_paused => {
                    note(&format!("a request failed: {}", chain(&error)));
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error) => return Err(error),
            }
        }
        self.cluster.release_lease(lease).await
    }

    /// Resumes the clients and, if nothing is wanted any more, takes back what only an agent ends.
    async fn resume(&self) -> Result<(), RequestError> {
        let node = self.cluster.node().await?;
        let mut patch = NodePatch::default();
        patch.resume(&node.written_clients(), &node);
        if node.config().is_none() {
            take_back(&mut patch, &node);
        }
        patch.mark(&node, self.controller.are_gpus_whole());
        let Some(patch) = patch.beyond(&node) else {
            return Ok(());
        };
        match self.cluster.write_node(&patch, &node).await {
            Ok(_) => Ok(()),
            Err((error, None)) => Err(error),
            Err((error, Some(_))) => {
                note(&format!("only the clients are resumed: {}", chain(&error)));
                Ok(())
            }
        }
    }
}
