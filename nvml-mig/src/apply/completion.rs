//! Completes a change of which nothing but temporary instances is left to destroy.

use std::collections::BTreeMap;

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
use crate::error::{Error, ReturnCode};
use crate::query::MigModes;

/// Destroys the temporary instances, if all else of the change is done on all its GPUs: the MIG devices may be in use since. Returns
/// the report of each GPU where one is left; `None` if more than that is to do.
pub(super) fn complete(
    nvml: &Nvml,
    recorder: &mut Recorder,
    tell: &mut Tell<'_>,
) -> Option<Vec<GpuRollback>> {
    let entries = recorder.entries().iter();
    let left = entries.map(|entry| Some((entry.uuid.clone(), left(nvml, entry)?)));
    let left: BTreeMap<_, _> = left.collect::<Option<_>>()?;
    // First of all: the rest is not to be undone any more. If it can't be written now, it is written in the end.
    let _ = recorder.keep_left_over(left);
    let entries = recorder.entries().to_vec();
    let reports = entries
        .iter()
        .filter_map(|entry| destroy_left_over(nvml, entry, recorder, tell));
    Some(reports.collect())
}

/// The temporary instances of a GPU; `None` if it can't be read, or if more is left to do.
fn left(nvml: &Nvml, entry: &Entry) -> Option<Vec<LeftOver>> {
    if entry.is_done_but_for_temporary() {
        return Some(entry.left_over.clone());
    }
    let (gpu, modes) = LiveGpu::open(nvml, &entry.uuid).ok()?;
    let left = entry.left_of_complete(modes, &gpu.gpu_instances)?;
    // After a boot, what has the id of a temporary instance is of others.
    (left.is_empty() || entry.boot.is_current()).then_some(left)
}

/// A change that is done but for temporary instances.
#[derive(Default)]
pub(super) struct Completed {
    /// Those that are left, by the UUID of their GPU.
    pub(super) left: BTreeMap<String, Vec<LeftOver>>,
    /// The reports of these GPUs.
    pub(super) reports: Vec<GpuRollback>,
}

/// What is left on these GPUs, if all else of the change is done on all of them.
pub(super) fn left_of_all<'a>(
    gpus: impl Iterator<Item = (&'a mut LiveGpu, &'a Entry)>,
) -> Option<Completed> {
    let mut completed = Completed::default();
    for (gpu, entry) in gpus {
        let modes = gpu.read().ok()?;
        let left = entry.left_of_complete(modes, &gpu.gpu_instances)?;
        if !left.is_empty() {
            completed
                .reports
                .push(report_left(report(gpu, entry), &left));
            completed.left.insert(entry.uuid.clone(), left);
        }
    }
    Some(completed)
}

fn report_left(report: GpuRollback, left: &[LeftOver]) -> GpuRollback {
    let stays = left.iter().map(|left| left.instance.clone());
    report
        .with_left_alone(stays.map(LeftAlone::Temporary).collect())
        .with_done_but_for_temporary(true)
}

/// Destroys what is left on a GPU, if it still stands. What can't be destroyed stays in the entry.
fn destroy_left_over(
    nvml: &Nvml,
    entry: &Entry,
    recorder: &mut Recorder,
    tell: &mut Tell<'_>,
) -> Option<GpuRollback> {
    let (mut gpu, modes) = match standing(nvml, entry) {
        Err(error) => return Some(unread(entry, error)),
        Ok(Some(found)) => found,
        Ok(None) => {
            recorder.change(&entry.uuid, |entry| entry.left_over.clear());
            return None;
        }
    };
    let mut left = entry.left_over.clone();
    left.retain(|left| left.stands_in(&gpu.gpu_instances));
    let (done, refused) = destroy(&mut gpu, &mut left, recorder, tell);
    recorder.change(&entry.uuid, |entry| entry.left_over.clone_from(&left));
    let report = (!left.is_empty()).then(|| as_planned(&gpu, modes, &left));
    report.map(|report| report_left(report, &left).with_steps(done, refused))
}

/// The GPU as it is; `None` if no temporary instance can stand any more: they end with a boot, and with a GPU that is lost.
fn standing(nvml: &Nvml, entry: &Entry) -> Result<Option<(LiveGpu, MigModes)>, Error> {
    if !entry.boot.is_current() {
        return Ok(None);
    }
    match LiveGpu::open(nvml, &entry.uuid) {
        Err(error) if error.code() == Some(ReturnCode::GpuIsLost) => Ok(None),
        opened => opened.map(Some),
    }
}

/// Destroys these, and keeps those in the list that can't be.
fn destroy(
    gpu: &mut LiveGpu,
    left: &mut Vec<LeftOver>,
    recorder: &mut Recorder,
    tell: &mut Tell<'_>,
) -> (Vec<String>, Vec<RefusedUndo>) {
    let (mut done, mut refused) = (Vec::new(), Vec::new());
    let (mut number, of) = (0, left.len());
    left.retain(|left| {
        number += 1;
        let action = left.action();
        tell(&Progress::step(&gpu.uuid, number, of, &action));
        let undone = recorder.undo(gpu, left.operation);
        let stays = undone.is_err();
        match undone {
            Ok(_) => done.push(action),
            Err(error) => refused.push(RefusedUndo { action, error }),
        }
        stays
    });
    (done, refused)
}

/// Reports the GPU as it is. Except for its temporary instances, everything on it counts as planned, whoever created it.
fn as_planned(gpu: &LiveGpu, modes: MigModes, left: &[LeftOver]) -> GpuRollback {
    let found = gpu.partition();
    let mut planned = found.clone();
    for left in left {
        left.instance.remove_from(&mut planned);
    }
    GpuRollback::new(&gpu.uuid, modes, planned).with_found(found, true)
}

fn unread(entry: &Entry, error: Error) -> GpuRollback {
    let action = "inspect the GPU".to_owned();
    let unread = GpuRollback::new(&entry.uuid, entry.modes, Vec::new())
        .with_modes(None)
        .with_found(Vec::new(), false);
    report_left(unread, &entry.left_over)
        .with_steps(Vec::new(), vec![RefusedUndo { action, error }])
}
