//! Takes note of what came of the work.

use std::time::{Duration, Instant};

use super::delay::Pace;
use super::job::Done;
use super::outcome::Outcome;
use super::worker::Worker;

use crate::console::note;

impl Worker {
    /// Takes note of what came of the running work.
    pub(super) fn take(&mut self, done: Done) {
        self.metrics.set_hanging(false);
        let began = self.job.take().map(|job| job.began);
        let now = Instant::now();
        match done {
            Done::Looked(request, verdict) => {
                if matches!(verdict.outcome, Outcome::Busy { .. }) {
                    self.metrics.busy_retries.inc();
                }
                self.controller.found(request, verdict, (now, Pace::Fast));
            }
            Done::Applied(request, verdict) => {
                let took = began.map_or(Duration::ZERO, |began| now - began);
                self.metrics.count_apply(verdict.outcome.name(), took);
                self.controller.found(request, verdict, (now, Pace::Slow));
            }
            Done::Fit(fit) => {
                self.metrics.set_fit(fit.as_deref());
                self.controller.found_fit(fit, now);
            }
            Done::Recovered(recovered) => self.controller.recovered(recovered, now),
        }
    }

    /// Takes note of how the reboot command ended.
    pub(super) fn take_reboot(&mut self, failure: Option<String>) {
        self.reboot = None;
        if let Some(reason) = &failure {
            note(&format!("the node could not be rebooted: {reason}"));
        }
        self.controller.reboot_ended(failure, Instant::now());
    }
}
