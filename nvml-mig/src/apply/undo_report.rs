//! What a GPU looks like after its rollback.

use super::difference::Difference;
use super::entry::Entry;
use super::left_alone::LeftAlone;
use super::live_gpu::LiveGpu;
use super::mig_uuid::{self, ChangedMigUuid, MigUuid};
use super::operation::Operation;
use super::rollback_report::GpuRollback;
use crate::inventory::LiveGpuInstance;
use crate::placement::GpuInstancePlacement;
use crate::plan::{PlacedComputeInstance, PresentGpuInstance};

/// Reads the GPU again, and compares it with the state before.
pub(super) fn report(gpu: &mut LiveGpu, entry: &Entry) -> GpuRollback {
    gpu.device.forget_profiles();
    let modes = gpu.read();
    let read_back = modes.is_ok();
    let modes = modes.or_else(|_| gpu.device.mig_mode()).ok();
    let (changed, all_read) = changed_mig_uuids(gpu, entry);
    let stays = modes.is_some_and(|modes| entry.defers_mode(modes));
    let rollback = GpuRollback::new(&entry.uuid, entry.modes, entry.placed_before())
        .with_modes(modes)
        .with_pending_mode_kept(stays)
        .with_found(gpu.partition(), read_back)
        .with_changed_mig_uuids(changed)
        .with_mig_uuids_read_back(all_read);
    let left_alone = left_alone(gpu, entry, &rollback);
    rollback.with_left_alone(left_alone)
}

/// The MIG devices that have other UUIDs than before, since their instances were created again; and whether the UUIDs of all
/// that stand could be read.
fn changed_mig_uuids(gpu: &LiveGpu, entry: &Entry) -> (Vec<ChangedMigUuid>, bool) {
    let destroys = |operation| {
        matches!(
            operation,
            Operation::DestroyGpuInstance(_) | Operation::DestroyComputeInstance { .. }
        )
    };
    let mut records = entry.records.iter();
    if !records.any(|record| destroys(record.operation)) {
        return (Vec::new(), true);
    }
    let now = gpu.mig_uuids().unwrap_or_default();
    let is_read = |before: &MigUuid| !before.stands_in(&gpu.gpu_instances) || before.is_in(&now);
    let all_read = entry.mig_uuids.iter().all(is_read);
    (mig_uuid::changed(&entry.mig_uuids, &now), all_read)
}

/// The differences that others made.
fn left_alone(gpu: &LiveGpu, entry: &Entry, rollback: &GpuRollback) -> Vec<LeftAlone> {
    let lost = rollback.lost().into_iter();
    let lost = lost.filter(|difference| !is_lost_by(entry, difference));
    let left = rollback.left().into_iter();
    let left = left.filter(|difference| !is_left_by(gpu, entry, difference));
    // Of the profile and at the placement of one from before, but another one.
    let live = gpu.gpu_instances.iter();
    let in_place = live.filter(|live| {
        entry.before_at(live).is_some() && !entry.kept(live) && !entry.created(live)
    });
    let in_place = in_place.map(|live| Difference::GpuInstance(live.placed()));
    let mode = rollback.modes.filter(|modes| *modes != entry.modes);
    let mode = mode.filter(|_| !entry.set_mig_mode());
    lost.map(LeftAlone::Destroyed)
        .chain(left.chain(in_place).map(LeftAlone::Created))
        .chain(mode.map(LeftAlone::MigMode))
        .collect()
}

/// Whether the change has destroyed it.
fn is_lost_by(entry: &Entry, difference: &Difference) -> bool {
    let before = |placement: GpuInstancePlacement| {
        let mut before = entry.before.iter();
        before.find(|before| before.placement() == placement)
    };
    match difference {
        Difference::GpuInstance(lost) => {
            before(lost.placement).is_some_and(|before| entry.destroyed(before))
        }
        Difference::ComputeInstance {
            gpu_instance,
            compute_instance,
        } => before(*gpu_instance)
            .is_some_and(|before| is_lost_inside(entry, before, compute_instance)),
    }
}

fn is_lost_inside(entry: &Entry, of: &PresentGpuInstance, lost: &PlacedComputeInstance) -> bool {
    let mut inside = of.compute_instances().iter();
    let inside = inside.find(|inside| inside.instance.is_same(lost));
    inside.is_some_and(|inside| entry.destroyed_inside(of, inside))
}

/// Whether the change has created it.
fn is_left_by(gpu: &LiveGpu, entry: &Entry, difference: &Difference) -> bool {
    let live = |placement: GpuInstancePlacement| {
        let mut live = gpu.gpu_instances.iter();
        live.find(|live| live.gpu_instance.placement() == placement)
    };
    match difference {
        Difference::GpuInstance(left) => {
            live(left.placement).is_some_and(|live| entry.created(live))
        }
        Difference::ComputeInstance {
            gpu_instance,
            compute_instance,
        } => live(*gpu_instance).is_some_and(|live| is_left_inside(entry, live, compute_instance)),
    }
}

fn is_left_inside(entry: &Entry, live: &LiveGpuInstance, left: &PlacedComputeInstance) -> bool {
    let mut inside = live.compute_instances.iter();
    let inside = inside
        .find(|inside| (inside.profile_id(), inside.placement()) == (left.profile, left.placement));
    inside.is_some_and(|inside| entry.created_inside(live.gpu_instance.id(), inside))
}
