//! How a watch fares that a change of the GPUs depends on.

use std::time::{Duration, Instant};

/// After this time, what a watch that fails told before is not relied on any more. An API server that restarts takes less.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is known of the watch.
#[derive(Debug, Default)]
pub(super) struct Watch {
    has_told: bool,
    /// Since when it fails, and why its latest try did.
    trouble: Option<(Instant, String)>,
}

impl Watch {
    /// It works, and has told all.
    pub(super) fn tells(&mut self) {
        *self = Self {
            has_told: true,
            trouble: None,
        };
    }

    pub(super) fn fails(&mut self, trouble: &str) {
        let since = self.trouble.take().map(|(since, _)| since);
        let since = since.unwrap_or_else(Instant::now);
        self.trouble = Some((since, trouble.to_owned()));
    }

    /// Why nothing can be relied on that it told, or why it has told nothing yet.
    pub(super) fn failure(&self, now: Instant) -> Option<&str> {
        let (since, trouble) = self.trouble.as_ref()?;
        let is_lost = !self.has_told || *since + PATIENCE <= now;
        is_lost.then_some(trouble)
    }

    pub(super) const fn has_told(&self) -> bool {
        self.has_told
    }

    pub(super) const fn is_failing(&self) -> bool {
        self.trouble.is_some()
    }
}
