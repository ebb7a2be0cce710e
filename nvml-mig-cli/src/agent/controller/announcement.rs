//! Says that something new is wanted before it is looked at, so that nobody takes the old state for its own.

use super::{Controller, marked};

use crate::agent::report::Report;
use crate::agent::request::{Request, forget};
use crate::agent::seen::Seen;
use crate::agent::state::State;
use crate::agent::step::Step;

impl Controller {
    /// What can be said while work goes on in which nothing can be decided.
    pub(in crate::agent) fn meanwhile(&mut self, seen: &Seen<'_>) -> Option<Step> {
        if seen.mig_manager().is_some() || self.recovery.locked().is_some() {
            return None;
        }
        let request = seen.request()?;
        let step = match self.announce(&request, seen) {
            None if self.has_hung => self.take_hang_back(&request, seen),
            announcement => announcement,
        };
        Some(marked(step?, seen, false))
    }

    /// Says that a change goes on, of which was said that the driver does not answer.
    fn take_hang_back(&mut self, request: &Request, seen: &Seen<'_>) -> Option<Step> {
        self.has_hung = false;
        let report = Report::new(State::Pending, "the GPUs are being changed");
        let patch = report.patch(&request.config, seen.node, &self.policy);
        let patch = self.owed(patch, seen)?;
        Some(Step::Write {
            patch,
            notice: None,
        })
    }

    /// Says that a request is planned, unless the node's state is about it already. What was before is forgotten if the label was set
    /// anew; if it is only another layout, as after an error in the file, what the GPUs have had is not before that is made.
    pub(super) fn announce(&self, request: &Request, seen: &Seen<'_>) -> Option<Step> {
        let is_set_anew = self.is_set_anew(request.wish);
        if !is_set_anew && request.is_told_by(seen.node) {
            return None;
        }
        let report = Report::new(State::Pending, "the change is being planned");
        let mut patch = report.patch_about(request, seen.node, &self.policy);
        if is_set_anew {
            forget(&mut patch);
            request.tell(&mut patch);
        }
        let patch = patch.beyond(seen.node)?;
        Some(Step::Write {
            patch,
            notice: None,
        })
    }

    /// Whether the label was set or removed since the latest work began.
    pub(super) fn is_set_anew(&self, wish: u64) -> bool {
        self.wish.is_some_and(|before| before != wish)
    }
}
