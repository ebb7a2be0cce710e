//! Rolls a GPU back to its previous state.

use super::journal::Entry;
use super::live_gpu::LiveGpu;
use super::progress::Progress;
use super::rollback_report::{GpuRollback, RefusedUndo};
use crate::error::Error;
use crate::id::{ComputeInstanceId, GpuInstanceId};
use crate::inventory::LiveGpuInstance;
use crate::plan::{PlacedComputeInstance, PlacedGpuInstance};
use crate::query::{MigMode, MigModes};

/// Number of attempts: some failures, such as timeouts, are transient.
const ATTEMPTS: u32 = 2;

/// Receives progress reports.
pub(super) type Tell<'a> = dyn FnMut(&Progress) + 'a;

/// The rollback of one GPU. It destroys only instances that the plan was to create and that did not exist before.
pub(super) struct Undo<'a> {
    gpu: &'a mut LiveGpu,
    entry: &'a Entry,
    tell: &'a mut Tell<'a>,
    done: Vec<String>,
    refused: Vec<RefusedUndo>,
}

/// Rolls the GPU back as far as possible, and reports the result.
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
    /// If NVML can't report the current state, the state tracked from its earlier answers is used.
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

    /// Performs one step, and records its outcome.
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
        // Setting the mode that is set already does nothing.
        if modes != Some(wanted) {
            let action = format!("set MIG mode to {}", wanted.pending());
            // Whether the mode took effect is read back at the end.
            self.act(action, |gpu| gpu.set_mode(wanted.pending()).map(drop));
        }
    }

    /// Destroys the instances created by the plan. Instances that neither existed before nor were planned belong to
    /// others.
    fn destroy_new(&mut self) {
        for (id, current) in self.current() {
            let after = find(&self.entry.after, &current);
            match (find(&self.entry.before, &current), after) {
                (None, Some(_)) => self.destroy(id, &current),
                (Some(before), Some(after)) => {
                    self.destroy_new_compute_instances(id, before, after);
                }
                _ => {}
            }
        }
    }

    fn destroy_new_compute_instances(
        &mut self,
        gpu_instance: GpuInstanceId,
        before: &PlacedGpuInstance,
        after: &PlacedGpuInstance,
    ) {
        for (id, compute_instance) in self.compute_instances(gpu_instance) {
            let has = |instance: &PlacedGpuInstance| {
                let mut compute_instances = instance.compute_instances.iter();
                compute_instances.any(|other| other.is_same(&compute_instance))
            };
            if !has(before) && has(after) {
                self.destroy_compute_instance(gpu_instance, id, &compute_instance);
            }
        }
    }

    fn destroy(&mut self, id: GpuInstanceId, current: &PlacedGpuInstance) {
        for (compute_instance_id, compute_instance) in self.compute_instances(id) {
            if !self.destroy_compute_instance(id, compute_instance_id, &compute_instance) {
                return;
            }
        }
        let action = format!(
            "destroy GPU instance {} at {}",
            current.name, current.placement
        );
        self.act(action, |gpu| gpu.destroy_gpu_instance(id));
    }

    fn destroy_compute_instance(
        &mut self,
        gpu_instance: GpuInstanceId,
        id: ComputeInstanceId,
        compute_instance: &PlacedComputeInstance,
    ) -> bool {
        let action = format!("destroy {compute_instance} of GPU instance {gpu_instance}");
        let destroyed = self.act(action, |gpu| gpu.destroy_compute_instance(gpu_instance, id));
        destroyed.is_some()
    }

    fn create_missing(&mut self) {
        let current = self.gpu.partition();
        let missing = self.entry.before.iter();
        for wanted in missing.filter(|wanted| find(&current, wanted).is_none()) {
            let (profile, placement) = (wanted.profile, wanted.placement);
            let action = format!("create GPU instance {} at {placement}", wanted.name);
            self.act(action, |gpu| gpu.create_gpu_instance(profile, placement));
        }
    }

    /// Recreates missing compute instances, both in GPU instances from before and in planned ones that can't be
    /// destroyed. A GPU instance that would remain without any of them is destroyed.
    fn complete(&mut self) {
        for (id, current) in self.current() {
            let before = find(&self.entry.before, &current);
            let Some(wanted) = before.or_else(|| find(&self.entry.after, &current)) else {
                continue;
            };
            for compute_instance in wanted.lacking_in(&current) {
                let (profile, placement) = (compute_instance.profile, compute_instance.placement);
                let action = format!("create {compute_instance} in GPU instance {id}");
                self.act(action, |gpu| {
                    gpu.create_compute_instance(id, profile, placement)
                });
            }
            if !wanted.compute_instances.is_empty() && self.compute_instances(id).is_empty() {
                let action = format!(
                    "destroy GPU instance {} at {}",
                    current.name, current.placement
                );
                self.act(action, |gpu| gpu.destroy_gpu_instance(id));
            }
        }
    }

    /// Returns the current GPU instances with their ids.
    fn current(&self) -> Vec<(GpuInstanceId, PlacedGpuInstance)> {
        let ids = self
            .gpu
            .gpu_instances
            .iter()
            .map(|live| live.gpu_instance.id());
        ids.zip(self.gpu.partition()).collect()
    }

    /// The compute instances of a GPU instance, with their ids.
    fn compute_instances(
        &self,
        gpu_instance: GpuInstanceId,
    ) -> Vec<(ComputeInstanceId, PlacedComputeInstance)> {
        let mut live = self.gpu.gpu_instances.iter();
        let found = live.find(|live| live.gpu_instance.id() == gpu_instance);
        let ids = found.map_or_else(Vec::new, compute_instance_ids);
        let mut current = self.current().into_iter();
        let found = current.find(|(id, _)| *id == gpu_instance);
        let compute_instances =
            found.map_or_else(Vec::new, |(_, gpu_instance)| gpu_instance.compute_instances);
        ids.into_iter().zip(compute_instances).collect()
    }
}

fn compute_instance_ids(live: &LiveGpuInstance) -> Vec<ComputeInstanceId> {
    let compute_instances = live.compute_instances.iter();
    compute_instances
        .map(crate::query::ComputeInstance::id)
        .collect()
}

/// Finds the GPU instance with the profile and placement of `wanted`.
fn find<'a>(
    among: &'a [PlacedGpuInstance],
    wanted: &PlacedGpuInstance,
) -> Option<&'a PlacedGpuInstance> {
    among
        .iter()
        .find(|instance| instance.is_at_place_of(wanted))
}
