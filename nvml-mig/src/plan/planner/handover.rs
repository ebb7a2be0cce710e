//! An existing GPU instance and a new one that are there at the same time, so that the GPU is never without any.

use super::slices::Place;
use super::{PresentGpuInstance, Wanted};
use crate::plan::gpu_model::GpuModel;
use crate::plan::placed_instance::PlacedGpuInstance;

/// Where nothing is kept, the existing GPU instance that is destroyed last, and the new one that is created before. The driver
/// refuses the first GPU instance of a GPU while any program keeps the GPU open, also one that no list of processes shows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Handover<'a> {
    pub(super) last: &'a PresentGpuInstance,
    /// Index of the new one in the plan.
    pub(super) first: usize,
}

impl<'a> Handover<'a> {
    /// Returns the first pair that fits side by side; `None` if there is none. An idle instance can be destroyed later without
    /// the risk that the driver refuses that.
    pub(super) fn find(
        model: &GpuModel,
        present: &'a [PresentGpuInstance],
        new: &[(&Wanted<'_>, &PlacedGpuInstance)],
    ) -> Option<Self> {
        let is_idle = |last: &&PresentGpuInstance| !last.is_busy_anywhere();
        let is_busy = |last: &&PresentGpuInstance| last.is_busy_anywhere();
        let candidates = present.iter().filter(is_idle);
        let mut candidates = candidates.chain(present.iter().filter(is_busy));
        candidates.find_map(|last| {
            let mut new = new.iter();
            let first = new.position(|(wanted, new)| fit(model, last, wanted, new))?;
            Some(Self { last, first })
        })
    }
}

fn fit(
    model: &GpuModel,
    last: &PresentGpuInstance,
    wanted: &Wanted<'_>,
    new: &PlacedGpuInstance,
) -> bool {
    let slices = |placement| Place::from(placement).slices();
    let overlap = slices(last.placement()) & slices(new.placement);
    let engines = wanted.profile.engines;
    // Of an instance whose profile the model lacks, nobody knows what it uses.
    let has_engines = model.profile_by_id(last.profile()).is_ok_and(|last| {
        let both = last.engines.plus(engines);
        model.engines().lacking(both).is_none()
    });
    overlap == 0 && has_engines && model.max_gpu_instances > 1
}
