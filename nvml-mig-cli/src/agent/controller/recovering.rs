//! What was left behind on the GPUs, and what that means for the clients.

use std::time::Instant;

use super::Controller;

use crate::agent::recovery::Recovered;

impl Controller {
    /// Takes note of what an agent before this one left behind.
    pub(in crate::agent) fn recovered(&mut self, recovered: Recovered, now: Instant) {
        let first = self.policy.first_delay;
        let was_locked = self.recovery.locked().is_some();
        if self.recovery.found(recovered, first, now) {
            self.fit.hurry(now);
        }
        if let Some(findings) = &mut self.findings
            && was_locked
            && self.recovery.locked().is_none()
        {
            findings.is_unlocked(now);
        }
    }

    /// Takes note that another agent had the node until now: nothing need be as it was.
    pub(in crate::agent) fn took_over(&mut self, now: Instant) {
        self.findings = None;
        self.is_work_outdated = true;
        self.recovery.hurry(now);
    }

    /// Takes note that the lease was not renewed in time, though no other agent took it: this process may have been stopped.
    pub(in crate::agent) fn lapsed(&mut self) {
        self.outdate();
        self.is_work_outdated = true;
    }

    /// Why clients that are paused may not be resumed at the end: nobody knows what they would find.
    pub(in crate::agent) fn obstacle(&self) -> Option<&str> {
        if self.stands_by {
            self.recovery.doubt()
        } else {
            self.recovery.obstacle()
        }
    }

    /// Whether it is known that no change was left behind, or that it was rolled back.
    pub(in crate::agent) const fn are_gpus_whole(&self) -> bool {
        self.recovery.due().is_none()
    }
}
