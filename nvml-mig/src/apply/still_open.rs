//! Whether a later recovery must go on with a GPU.

use super::difference::Difference;
use super::entry::Entry;
use super::left_alone::LeftAlone;
use super::operation::{Operation, Outcome, Record};
use super::rollback_report::{GpuRollback, RefusedUndo};
use crate::error::ReturnCode;
use crate::plan::PlacedGpuInstance;
use crate::query::{MigMode, MigModes};

impl Entry {
    /// Whether something of the change is left to undo after this rollback.
    pub(super) fn is_open_after(&self, rollback: &GpuRollback) -> bool {
        let is_unclear = |record: &Record| {
            let creates = matches!(
                record.operation,
                Operation::CreateGpuInstance { .. } | Operation::CreateComputeInstance { .. }
            );
            creates && record.outcome == Outcome::Unknown
        };
        // What looks like an instance of others may be the one of this call.
        let may_be_ours = self.records.iter().any(is_unclear);
        let is_of_others = !may_be_ours && rollback.differs_by_others();
        !(rollback.is_complete() || is_of_others || rollback.differs_by_mode_in_use())
    }
}

impl GpuRollback {
    /// Whether others made all that is not as before.
    fn differs_by_others(&self) -> bool {
        let is_theirs = |difference: &Difference| {
            self.left_alone.iter().any(|other| match other {
                LeftAlone::Created(other) | LeftAlone::Destroyed(other) => other == difference,
                _ => false,
            })
        };
        let is_done = |other: &LeftAlone| {
            matches!(
                other,
                LeftAlone::Created(_) | LeftAlone::Destroyed(_) | LeftAlone::MigMode(_)
            )
        };
        let mut left_alone = self.left_alone.iter();
        let is_mode_of_others = left_alone.any(|one| matches!(one, LeftAlone::MigMode(_)));
        let same_mode = self.modes == Some(self.modes_before) || self.pending_mode_kept;
        self.read_back
            && self.refused.is_empty()
            && (same_mode || is_mode_of_others)
            && self.lost().iter().chain(&self.left()).all(is_theirs)
            && self.left_alone.iter().all(is_done)
    }

    /// Whether all that is left is MIG mode enabled on a GPU that is in use. The next plan can do without: nothing is lost, and nobody
    /// can tell when the program that uses the GPU ends.
    fn differs_by_mode_in_use(&self) -> bool {
        let is_in_use = |undo: &RefusedUndo| undo.error.code() == Some(ReturnCode::InUse);
        self.read_back
            && PlacedGpuInstance::are_same(&self.before, &self.found)
            && self.modes_before == MigModes::new(MigMode::Disabled, MigMode::Disabled)
            && self.modes == Some(MigModes::new(MigMode::Enabled, MigMode::Enabled))
            && !self.refused.is_empty()
            && self.refused.iter().all(is_in_use)
    }
}
