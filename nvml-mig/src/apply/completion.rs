//! Completes a change that was interrupted when nothing but temporary instances was left to destroy.

use super::difference::Difference;
use super::entry::Entry;
use super::left_alone::LeftAlone;
use super::left_over::LeftOver;
use super::live_gpu::LiveGpu;
use super::progress::Progress;
use super::recorder::Recorder;
use super::rollback_report::{GpuRollback, RefusedUndo};
use super::undo::Tell;
use super::undo_report::report;
use crate::device::Nvml;

/// Destroys the temporary instances, if all else of the change is done on all its GPUs: the MIG devices may be in use since. Returns
/// the report of each GPU where one is left; `None` if more than that is to do.
pub(super) fn complete(
    nvml: &Nvml,
    recorder: &mut Recorder,
    tell: &mut Tell<'_>,
) -> Option<Vec<GpuRollback>> {
    let left = recorder.entries().iter().map(|entry| left(nvml, entry));
    let left: Vec<_> = left.collect::<Option<_>>()?;
    let reports = left
        .into_iter()
        .filter_map(|(gpu, left)| destroy(gpu, left, recorder, tell));
    Some(reports.collect())
}

/// The GPU with its temporary instances; `None` if it can't be read, or if more is left to do.
fn left(nvml: &Nvml, entry: &Entry) -> Option<(LiveGpu, Vec<LeftOver>)> {
    let (gpu, modes) = LiveGpu::open(nvml, &entry.uuid).ok()?;
    let left = entry.left_of_complete(modes, &gpu.gpu_instances)?;
    // After a boot, what has the id of a temporary instance is of others.
    (left.is_empty() || entry.boot.is_current()).then_some((gpu, left))
}

/// Reports the temporary instances that are left on these GPUs, if all else of the change is done on all of them.
pub(super) fn left_of_all<'a>(
    gpus: impl Iterator<Item = (&'a mut LiveGpu, &'a Entry)>,
) -> Option<Vec<GpuRollback>> {
    let reports = gpus.map(|(gpu, entry)| {
        let modes = gpu.read().ok()?;
        let left = entry.left_of_complete(modes, &gpu.gpu_instances)?;
        let stays = left.into_iter().map(|left| left.instance);
        Some(report_left(gpu, entry, stays))
    });
    let mut reports: Vec<GpuRollback> = reports.collect::<Option<_>>()?;
    reports.retain(|report| !report.left_alone.is_empty());
    Some(reports)
}

fn report_left(
    gpu: &mut LiveGpu,
    entry: &Entry,
    stays: impl IntoIterator<Item = Difference>,
) -> GpuRollback {
    let stays = stays.into_iter().map(LeftAlone::Temporary);
    report(gpu, entry)
        .with_left_alone(stays.collect())
        .with_done_but_for_temporary(true)
}

fn destroy(
    mut gpu: LiveGpu,
    left: Vec<LeftOver>,
    recorder: &mut Recorder,
    tell: &mut Tell<'_>,
) -> Option<GpuRollback> {
    let (mut done, mut refused, mut stays) = (Vec::new(), Vec::new(), Vec::new());
    for left in left {
        let action = left.action();
        tell(&Progress::undo(&gpu.uuid, &action));
        match recorder.undo(&mut gpu, left.operation) {
            Ok(_) => done.push(action),
            Err(error) => {
                refused.push(RefusedUndo { action, error });
                stays.push(left.instance);
            }
        }
    }
    if refused.is_empty() {
        return None;
    }
    let entry = recorder.entry(&gpu.uuid)?.clone();
    Some(report_left(&mut gpu, &entry, stays).with_steps(done, refused))
}
