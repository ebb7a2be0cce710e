//! What the node does not say yet.

use super::Controller;

use crate::agent::names::{REASON, STATE};
use crate::agent::node_patch::NodePatch;
use crate::agent::rival::Rival;
use crate::agent::seen::Seen;
use crate::agent::step::{Notice, Step};

impl Controller {
    /// Writes what the node does not have yet.
    pub(super) fn write(
        &mut self,
        patch: NodePatch,
        notice: Notice,
        seen: &Seen<'_>,
    ) -> Option<Step> {
        let patch = self.owed(patch, seen)?;
        let notice = self.rival.warning().or(Some(notice));
        Some(Step::Write { patch, notice })
    }

    /// Returns what of it the node does not have yet, unless another program insists on its state.
    pub(super) fn owed(&mut self, mut patch: NodePatch, seen: &Seen<'_>) -> Option<NodePatch> {
        self.rival.look(seen.node);
        if self.rival.insists() {
            patch.leave_label(STATE);
            patch.set_annotation(REASON, Some(Rival::REASON));
        }
        patch.beyond(seen.node)
    }
}

/// Marks the node in the same request, or in one of its own.
pub(super) fn marked(step: Step, seen: &Seen<'_>, are_gpus_whole: bool) -> Step {
    let (mut patch, other) = match step {
        Step::Write { patch, notice } => (patch, Err(notice)),
        step @ Step::Rest { .. } => (NodePatch::default(), Ok(step)),
        step => return step,
    };
    patch.mark(seen.node, are_gpus_whole);
    let notice = match other {
        Ok(rest) if patch == NodePatch::default() => return rest,
        Ok(_) => None,
        Err(notice) => notice,
    };
    Step::Write { patch, notice }
}
