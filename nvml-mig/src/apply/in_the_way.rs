//! What stops a rollback before it begins: otherwise it would destroy one part and fail at the next.

use super::entry::Entry;
use super::left_alone::LeftAlone;
use super::live_gpu::LiveGpu;
use crate::inventory::{LiveGpuInstance, present};
use crate::plan::PresentGpuInstance;
use crate::query::ComputeInstance;

/// Returns the first instance that the rollback of the entry would destroy, but that is in use.
pub(super) fn in_the_way(gpu: &LiveGpu, entry: &Entry) -> Option<LeftAlone> {
    let mut live = gpu.gpu_instances.iter();
    if let Some(live) = live.find(|live| has_foreign_inside(entry, live)) {
        return Some(LeftAlone::CreatedInside(live.placed()));
    }
    let is_touched = |live: &LiveGpuInstance| {
        let mut inside = live.compute_instances.iter();
        is_doomed(entry, live) || inside.any(|inside| is_doomed_inside(entry, live, inside))
    };
    if !gpu.gpu_instances.iter().any(is_touched) {
        return None;
    }
    // Without the list, the driver refuses to destroy a busy instance.
    let processes = gpu.device.processes().ok()?;
    let present = present(&gpu.gpu_instances, &processes);
    let mut both = gpu.gpu_instances.iter().zip(&present);
    let (live, _) = both.find(|(live, present)| is_busy(entry, live, present))?;
    Some(LeftAlone::Busy(live.placed()))
}

/// Whether the rollback destroys this GPU instance: it is new, and none stood there before.
fn is_doomed(entry: &Entry, live: &LiveGpuInstance) -> bool {
    entry.created(live) && entry.before_at(live).is_none()
}

/// Whether the rollback destroys this compute instance: it is new, and none stood there before.
fn is_doomed_inside(entry: &Entry, live: &LiveGpuInstance, inside: &ComputeInstance) -> bool {
    let (profile, placement) = (inside.profile_id(), inside.placement());
    let stood_there = entry.before_at(live).is_some_and(|before| {
        let mut before = before.compute_instances().iter();
        before.any(|before| (before.profile(), before.placement()) == (profile, placement))
    });
    !stood_there && entry.created_inside(live.gpu_instance.id(), inside)
}

/// Whether the rollback would have to destroy a compute instance of others with the GPU instance.
fn has_foreign_inside(entry: &Entry, live: &LiveGpuInstance) -> bool {
    let mut inside = live.compute_instances.iter();
    is_doomed(entry, live) && inside.any(|inside| !is_doomed_inside(entry, live, inside))
}

fn is_busy(entry: &Entry, live: &LiveGpuInstance, present: &PresentGpuInstance) -> bool {
    let inside = live.compute_instances.iter();
    let mut inside = inside.zip(present.compute_instances());
    (is_doomed(entry, live) && present.is_busy_anywhere())
        || inside.any(|(live_inside, inside)| {
            is_doomed_inside(entry, live, live_inside) && present.is_busy(inside)
        })
}
