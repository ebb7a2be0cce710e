//! What a look at the GPUs, or a change, has shown.

use std::collections::BTreeSet;

use super::outcome::Outcome;

/// The outcome, and which GPUs have the layout whatever became of the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) outcome: Outcome,
    /// Their UUIDs, as far as they are known for certain.
    pub(super) have_it: BTreeSet<String>,
}

/// Of no GPU it is known that it has the layout.
impl From<Outcome> for Verdict {
    fn from(outcome: Outcome) -> Self {
        let have_it = BTreeSet::new();
        Self { outcome, have_it }
    }
}
