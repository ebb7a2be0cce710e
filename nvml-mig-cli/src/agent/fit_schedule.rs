//! When to look at what could still be made, and what was found.

use std::time::{Duration, Instant};

use super::delay::{Pace, delay};
use super::names::FIT;
use super::node_patch::NodePatch;
use super::seen::Seen;
use super::step::Step;

/// The schedule.
#[derive(Debug)]
pub(super) struct FitSchedule {
    /// `None` if it is not published.
    period: Option<Duration>,
    /// `None` before the first look.
    due: Option<Instant>,
    fit: Option<String>,
}

impl FitSchedule {
    pub(super) const fn new(period: Option<Duration>) -> Self {
        Self {
            period,
            due: None,
            fit: None,
        }
    }

    /// After a change it is not true any more.
    pub(super) const fn hurry(&mut self, now: Instant) {
        self.due = Some(now);
    }

    /// Takes note of what was found; `None` if it can't be read.
    pub(super) fn found(&mut self, fit: Option<String>, now: Instant) {
        self.fit = fit;
        self.due = self.period.map(|period| now + delay(period, 1, Pace::Fast));
    }

    /// What to do while there is nothing else to do until this time.
    pub(super) fn next(&self, seen: &Seen<'_>, until: Option<Instant>) -> Step {
        if self.period.is_some() && self.due.is_none_or(|due| due <= seen.now) {
            return Step::Fit;
        }
        // An agent that does not publish it takes away what one before it has published.
        let mut patch = NodePatch::default();
        patch.set_annotation(FIT, self.fit.as_deref());
        let due = self.due.filter(|_| self.period.is_some());
        match patch.beyond(seen.node) {
            Some(patch) => Step::Write {
                patch,
                notice: None,
            },
            None => Step::Rest {
                until: until.into_iter().chain(due).min(),
            },
        }
    }
}
