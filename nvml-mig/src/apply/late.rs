//! The steps that wait for a temporary instance to be destroyed.

use super::action::Action;
use crate::error::Error;
use crate::id::{ComputeInstanceId, GpuInstanceId};

/// The steps that a change does after all others of its GPU.
#[derive(Debug, Default)]
pub(super) struct Late {
    pub(super) steps: Vec<Action>,
    /// Why a temporary instance was not destroyed, by its ids. The newest comes last.
    pub(super) refusals: Vec<(Ids, Error)>,
}

/// The ids of a temporary instance: of its GPU instance, and of the compute instance if that is the temporary one.
pub(super) type Ids = (GpuInstanceId, Option<ComputeInstanceId>);

impl Late {
    /// The newest refusal to destroy this instance. Those of others do not explain it.
    pub(super) fn take_refusal(&mut self, of: Ids) -> Option<Error> {
        let at = self.refusals.iter().rposition(|(ids, _)| *ids == of)?;
        Some(self.refusals.swap_remove(at).1)
    }
}
