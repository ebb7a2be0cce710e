//! Takes a GPU back to what it was.

use super::journal::Entry;
use super::live_gpu::LiveGpu;
use super::progress::Progress;
use super::rollback_report::{GpuRollback, RefusedUndo};
use crate::error::Error;
use crate::id::{ComputeInstanceId, GpuInstanceId};
use crate::inventory::LiveGpuInstance;
use crate::plan::{SnapshotComputeInstance, SnapshotGpuInstance};
use crate::query::{MigMode, MigModes};

/// How often it is tried: some refusals, such as a timeout, are gone the next time.
const ATTEMPTS: u32 = 2;

/// Who is told what comes next.
pub(super) type Tell<'a> = dyn FnMut(&Progress) + 'a;

/// A GPU on its way back. It destroys only what the plan was to create, and nothing that was there before.
pub(super) struct Undo<'a> {
    gpu: &'a mut LiveGpu,
    entry: &'a Entry,
    tell: &'a mut Tell<'a>,
    done: Vec<String>,
    refused: Vec<RefusedUndo>,
}

/// Takes the GPU back as far as it goes, and says how far that is.
pub(super) fn roll_back<'a>(
    gpu: &'a mut LiveGpu,
    entry: &'a Entry,
    tell: &'a mut Tell<'a>,
) -> GpuRollback {
    tell(&Progress::RollBack {
        gpu: gpu.uuid.clone(),
    });
    let mut undo = Undo {
        gpu,
        entry,
        tell,
        done: Vec::new(),
        refused: Vec::new(),
    };
    for _ in 0..ATTEMPTS {
        undo.refused.clear();
        undo.attempt();
        if undo.refused.is_empty() {
            break;
        }
    }
    undo.report()
}

impl Undo<'_> {
    /// Where NVML does not say what stands there, what its answers told until now must do.
    fn attempt(&mut self) {
        self.gpu.device.forget();
        let modes = self.gpu.read();
        let modes = modes.or_else(|_| self.gpu.device.mig_mode()).ok();
        if self.entry.modes.current() == MigMode::Enabled {
            self.set_mode(modes);
        }
        self.destroy_new();
        self.create_missing();
        self.complete();
        if self.entry.modes.current() != MigMode::Enabled {
            self.set_mode(modes);
        }
    }

    fn report(self) -> GpuRollback {
        self.gpu.device.forget();
        let modes = self.gpu.read();
        let read_back = modes.is_ok();
        GpuRollback {
            uuid: self.entry.uuid.clone(),
            modes_before: self.entry.modes,
            modes: modes.or_else(|_| self.gpu.device.mig_mode()).ok(),
            before: self.entry.before.clone(),
            found: self.gpu.partition(),
            read_back,
            done: self.done,
            refused: self.refused,
        }
    }

    /// Does one thing, and notes how it went.
    fn act<T>(
        &mut self,
        action: String,
        act: impl FnOnce(&mut LiveGpu) -> Result<T, Error>,
    ) -> Option<T> {
        (self.tell)(&Progress::Undo {
            gpu: self.gpu.uuid.clone(),
            action: action.clone(),
        });
        match act(self.gpu) {
            Ok(outcome) => {
                self.done.push(action);
                Some(outcome)
            }
            Err(error) => {
                self.refused.push(RefusedUndo { action, error });
                None
            }
        }
    }

    fn set_mode(&mut self, modes: Option<MigModes>) {
        let wanted = self.entry.modes;
        // Asking for the mode that is there already does nothing.
        if modes != Some(wanted) {
            let action = format!("set MIG mode to {}", wanted.pending());
            // Whether it is in force now is read back at the end.
            self.act(action, |gpu| gpu.set_mode(wanted.pending()).map(drop));
        }
    }

    /// Destroys what the plan created. What neither was there before nor was planned is somebody else's.
    fn destroy_new(&mut self) {
        for (id, there) in self.there() {
            let after = find(&self.entry.after, &there);
            match (find(&self.entry.before, &there), after) {
                (None, Some(_)) => self.destroy(id, &there),
                (Some(before), Some(after)) => self.destroy_new_parts(id, before, after),
                _ => {}
            }
        }
    }

    fn destroy_new_parts(
        &mut self,
        whole: GpuInstanceId,
        before: &SnapshotGpuInstance,
        after: &SnapshotGpuInstance,
    ) {
        for (id, part) in self.parts(whole) {
            let has = |one: &SnapshotGpuInstance| {
                let mut parts = one.compute_instances.iter();
                parts.any(|other| other.is_same(&part))
            };
            if !has(before) && has(after) {
                self.destroy_part(whole, id, &part);
            }
        }
    }

    fn destroy(&mut self, id: GpuInstanceId, there: &SnapshotGpuInstance) {
        for (part_id, part) in self.parts(id) {
            if !self.destroy_part(id, part_id, &part) {
                return;
            }
        }
        let action = format!("destroy GPU instance {} at {}", there.name, there.placement);
        self.act(action, |gpu| gpu.destroy_gpu_instance(id));
    }

    fn destroy_part(
        &mut self,
        whole: GpuInstanceId,
        id: ComputeInstanceId,
        part: &SnapshotComputeInstance,
    ) -> bool {
        let action = format!("destroy {part} of GPU instance {whole}");
        let destroyed = self.act(action, |gpu| gpu.destroy_compute_instance(whole, id));
        destroyed.is_some()
    }

    fn create_missing(&mut self) {
        let there = self.gpu.partition();
        let missing = self.entry.before.iter();
        for wanted in missing.filter(|wanted| find(&there, wanted).is_none()) {
            let (profile, placement) = (wanted.profile, wanted.placement);
            let action = format!("create GPU instance {} at {placement}", wanted.name);
            self.act(action, |gpu| gpu.create_gpu_instance(profile, placement));
        }
    }

    /// No GPU instance stays without the compute instances that it was to have: neither one of before nor one of the
    /// plan that can't be destroyed.
    fn complete(&mut self) {
        for (id, there) in self.there() {
            let before = find(&self.entry.before, &there);
            let Some(wanted) = before.or_else(|| find(&self.entry.after, &there)) else {
                continue;
            };
            for part in wanted.lacking_in(&there) {
                let (profile, placement) = (part.profile, part.placement);
                let action = format!("create {part} in GPU instance {id}");
                self.act(action, |gpu| {
                    gpu.create_compute_instance(id, profile, placement)
                });
            }
            if !wanted.compute_instances.is_empty() && self.parts(id).is_empty() {
                let action = format!("destroy GPU instance {} at {}", there.name, there.placement);
                self.act(action, |gpu| gpu.destroy_gpu_instance(id));
            }
        }
    }

    /// What stands there now, with the ids.
    fn there(&self) -> Vec<(GpuInstanceId, SnapshotGpuInstance)> {
        let ids = self
            .gpu
            .gpu_instances
            .iter()
            .map(|live| live.gpu_instance.id());
        ids.zip(self.gpu.partition()).collect()
    }

    /// The compute instances of a GPU instance, with their ids.
    fn parts(&self, whole: GpuInstanceId) -> Vec<(ComputeInstanceId, SnapshotComputeInstance)> {
        let mut live = self.gpu.gpu_instances.iter();
        let found = live.find(|live| live.gpu_instance.id() == whole);
        let ids = found.map_or_else(Vec::new, part_ids);
        let mut there = self.there().into_iter();
        let snapshot = there.find(|(id, _)| *id == whole);
        let parts = snapshot.map_or_else(Vec::new, |(_, whole)| whole.compute_instances);
        ids.into_iter().zip(parts).collect()
    }
}

fn part_ids(live: &LiveGpuInstance) -> Vec<ComputeInstanceId> {
    let parts = live.compute_instances.iter();
    parts.map(crate::query::ComputeInstance::id).collect()
}

/// The GPU instance of this profile at this place.
fn find<'a>(
    among: &'a [SnapshotGpuInstance],
    wanted: &SnapshotGpuInstance,
) -> Option<&'a SnapshotGpuInstance> {
    among.iter().find(|one| one.is_at_place_of(wanted))
}
