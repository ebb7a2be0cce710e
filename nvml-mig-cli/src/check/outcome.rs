//! How far processes came that were killed.

use std::fmt::{self, Display};

use serde::Serialize;

/// How far a process came.
pub(super) enum Outcome {
    /// It was killed in the middle: it left a journal, from which the GPU was brought back.
    Interrupted,
    /// The layout is there.
    Complete,
    /// Nothing is there.
    Unchanged,
}

/// What became of all processes that were killed.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Kills {
    /// How many were killed.
    pub(super) processes: u32,
    /// Those that were done before.
    complete: u32,
    /// Those that were in the middle of the change: they left a journal, from which the GPU was brought back.
    pub(super) interrupted: u32,
    /// Those that had changed nothing yet.
    unchanged: u32,
}

impl Kills {
    pub(super) const fn add(&mut self, outcome: &Outcome) {
        let kind = match outcome {
            Outcome::Interrupted => &mut self.interrupted,
            Outcome::Complete => &mut self.complete,
            Outcome::Unchanged => &mut self.unchanged,
        };
        *kind += 1;
    }
}

/// Prints how many there are of each kind.
impl Display for Kills {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            processes,
            complete,
            interrupted,
            unchanged,
        } = self;
        write!(
            f,
            "{processes} processes, of which {interrupted} left a journal, from which the GPU was brought back; {complete} were \
             done, and {unchanged} had changed nothing"
        )
    }
}
