//! The rollback of a GPU that may have been reset meanwhile.

use super::live_gpu::LiveGpu;
use super::recorder::Recorder;
use super::reset::note_reset;
use super::rollback_report::GpuRollback;
use super::undo::{Tell, Undo};
use crate::query::MigModes;

/// Rolls a GPU back.
pub(super) fn roll_back(
    gpu: &mut LiveGpu,
    recorder: &mut Recorder,
    tell: &mut Tell<'_>,
) -> Option<GpuRollback> {
    note_reset_now(gpu, recorder);
    undo_twice(gpu, true, recorder, tell)
}

/// Restores a GPU that the change has not begun with, if a reset has emptied it like another one of the change.
pub(super) fn restore_after_reset(
    gpu: &mut LiveGpu,
    recorder: &mut Recorder,
    tell: &mut Tell<'_>,
) -> Option<GpuRollback> {
    let was_reset = recorder.was_reset() && note_reset_now(gpu, recorder);
    was_reset.then(|| undo(gpu, true, recorder, tell)).flatten()
}

/// Rolls a GPU back after an interruption, which was just read. Where others have partitioned it since, no GPU instance is created
/// again.
pub(super) fn recover(
    gpu: &mut LiveGpu,
    modes: MigModes,
    recorder: &mut Recorder,
    tell: &mut Tell<'_>,
) -> Option<GpuRollback> {
    note_reset(gpu, modes, recorder);
    let restores = !is_strange(gpu, recorder);
    undo_twice(gpu, restores, recorder, tell)
}

/// What the change created after a reset hides that there was one, until it is destroyed: then the GPU is rolled back once more.
fn undo_twice(
    gpu: &mut LiveGpu,
    restores: bool,
    recorder: &mut Recorder,
    tell: &mut Tell<'_>,
) -> Option<GpuRollback> {
    let rollback = undo(gpu, restores, recorder, tell)?;
    if rollback.is_complete() || !note_reset_now(gpu, recorder) {
        return Some(rollback);
    }
    let restores = !is_strange(gpu, recorder);
    undo(gpu, restores, recorder, tell)
}

/// A GPU that can't be read now is as its records say.
fn note_reset_now(gpu: &mut LiveGpu, recorder: &mut Recorder) -> bool {
    let modes = gpu.read();
    modes.is_ok_and(|modes| note_reset(gpu, modes, recorder))
}

fn is_strange(gpu: &LiveGpu, recorder: &Recorder) -> bool {
    let entry = recorder.entry(&gpu.uuid);
    let mut live = gpu.gpu_instances.iter();
    entry.is_some_and(|entry| live.any(|live| entry.is_strange(live)))
}

fn undo(
    gpu: &mut LiveGpu,
    restores: bool,
    recorder: &mut Recorder,
    tell: &mut Tell<'_>,
) -> Option<GpuRollback> {
    let entry = recorder.entry(&gpu.uuid)?.clone();
    let undo = Undo::new(gpu, entry, recorder, tell).with_restores(restores);
    Some(undo.run())
}
