//! The created GPU instance that a rollback destroys last, so that the GPU is never without any.

use super::entry::Entry;
use super::live_gpu::LiveGpu;
use super::operation::{Operation, Outcome};
use crate::id::GpuInstanceId;
use crate::inventory::LiveGpuInstance;
use crate::placement::GpuInstancePlacement;
use crate::plan::PresentGpuInstance;

/// A created GPU instance that stays until a missing one is there again. The driver refuses the first GPU instance of a GPU
/// while any program keeps the GPU open.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spare {
    pub(super) id: GpuInstanceId,
    placement: GpuInstancePlacement,
}

impl Spare {
    /// Returns the first GPU instance that the change has created, if the rollback would destroy all that there are and create
    /// others: the change created it beside the last one that it destroyed.
    pub(super) fn find(gpu: &LiveGpu, entry: &Entry) -> Option<Self> {
        let live = || gpu.gpu_instances.iter();
        let is_doomed =
            |live: &LiveGpuInstance| entry.created(live) && entry.before_at(live).is_none();
        if !live().all(is_doomed) || !entry.before.iter().any(|before| entry.destroyed(before)) {
            return None;
        }
        let created = |id: GpuInstanceId| {
            let mut records = entry.records.iter();
            records.position(|record| {
                matches!(record.operation, Operation::CreateGpuInstance { .. })
                    && record.outcome == Outcome::Created(id.number())
            })
        };
        let first = live()
            .min_by_key(|live| created(live.gpu_instance.id()).map_or(usize::MAX, |at| at))?;
        Some(Self {
            id: first.gpu_instance.id(),
            placement: first.gpu_instance.placement(),
        })
    }

    /// Whether an instance from before fits beside it.
    pub(super) fn leaves_room_for(self, before: &PresentGpuInstance) -> bool {
        !self.placement.overlaps(before.placement())
    }
}
