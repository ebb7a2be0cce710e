//! Rolls a GPU back to its previous state.

use super::entry::Entry;
use super::in_the_way::in_the_way;
use super::left_alone::LeftAlone;
use super::left_over::LeftOver;
use super::live_gpu::LiveGpu;
use super::operation::{Operation, Performed, Record};
use super::progress::Progress;
use super::recorder::Recorder;
use super::rollback_report::{GpuRollback, RefusedUndo};
use super::spare::Spare;
use super::undo_report::report;
use crate::error::Error;
use crate::id::{ComputeInstanceId, GpuInstanceId};
use crate::plan::{PlacedComputeInstance, PlacedGpuInstance, PresentGpuInstance};
use crate::query::{ComputeInstance, MigMode, MigModes};

/// Number of attempts: some failures, such as timeouts, are transient.
const ATTEMPTS: u32 = 2;

/// Receives progress reports.
pub(super) type Tell<'a> = dyn FnMut(&Progress) + 'a;

/// The rollback of one GPU. It destroys only instances that the change has created, and restores only those that the change
/// has destroyed.
pub(super) struct Undo<'a> {
    pub(super) gpu: &'a mut LiveGpu,
    recorder: &'a mut Recorder,
    /// The entry when the rollback began.
    entry: Entry,
    /// Whether missing instances are restored.
    restores: bool,
    tell: &'a mut Tell<'a>,
    done: Vec<String>,
    refused: Vec<RefusedUndo>,
}

impl<'a> Undo<'a> {
    pub(super) const fn new(
        gpu: &'a mut LiveGpu,
        entry: Entry,
        recorder: &'a mut Recorder,
        tell: &'a mut Tell<'a>,
    ) -> Self {
        Self {
            gpu,
            recorder,
            entry,
            restores: true,
            tell,
            done: Vec::new(),
            refused: Vec::new(),
        }
    }

    /// Sets whether instances that the change has destroyed are created again.
    pub(super) fn with_restores(self, restores: bool) -> Self {
        Self { restores, ..self }
    }

    /// Rolls the GPU back as far as possible, and reports the result.
    pub(super) fn run(mut self) -> GpuRollback {
        (self.tell)(&Progress::RollBack {
            gpu: self.gpu.uuid.clone(),
        });
        let mut left_over = None;
        for _ in 0..ATTEMPTS {
            self.refused.clear();
            self.gpu.device.forget_profiles();
            // If NVML can't report the current state, the state tracked from its earlier answers is used.
            let modes = self.gpu.read();
            let modes = modes.or_else(|_| self.gpu.device.mig_mode()).ok();
            self.note_replaced();
            if let Some(blocked) = in_the_way(self.gpu, self.now()) {
                return self.finish(Some(blocked));
            }
            left_over = modes.and_then(|_| self.destroy_left_over());
            if left_over.is_none() {
                self.attempt(modes);
            }
            if self.refused.is_empty() {
                break;
            }
        }
        self.finish(left_over)
    }

    /// Destroys temporary compute instances before anything else, if the rollback is for nothing as long as they stand. Returns the
    /// one that can't be destroyed. A temporary GPU instance is of use until one from before is there again.
    fn destroy_left_over(&mut self) -> Option<LeftAlone> {
        let live = &self.gpu.gpu_instances;
        let left = self.now().left_beside_planned(live);
        let left = left.unwrap_or_else(|| self.now().left_in_the_way(live));
        let mut left = left.into_iter().filter(LeftOver::is_inside);
        let stays = left.find(|left| self.act(left.action(), left.operation).is_none());
        stays.map(|left| LeftAlone::Temporary(left.instance))
    }

    /// Records what others have destroyed, if another instance has its id now.
    fn note_replaced(&mut self) {
        for operation in self.gpu.take_replaced() {
            let record = Record::done(operation);
            self.recorder
                .change(&self.gpu.uuid, |entry| entry.records.push(record));
        }
    }

    fn finish(self, blocked: Option<LeftAlone>) -> GpuRollback {
        let entry = self.now().clone();
        let mut rollback = report(self.gpu, &entry).with_steps(self.done, self.refused);
        rollback.left_alone.extend(blocked);
        rollback
    }

    /// The entry with all records so far.
    fn now(&self) -> &Entry {
        let now = self.recorder.entry(&self.entry.uuid);
        now.unwrap_or(&self.entry)
    }

    fn attempt(&mut self, modes: Option<MigModes>) {
        let was_enabled = self.entry.modes.current() == MigMode::Enabled;
        if was_enabled {
            self.set_mode(modes);
        }
        if let Some(spare) = self.spare() {
            self.destroy_new(Some(spare));
            self.create_missing(Some(spare));
        }
        self.destroy_new(None);
        if self.restores {
            self.create_missing(None);
        }
        self.complete();
        // The driver would refuse it, or destroy the instances of others.
        if !was_enabled && self.gpu.gpu_instances.is_empty() {
            self.set_mode(modes);
        }
    }

    /// Performs one step, and records its outcome. A refusal is reported.
    pub(super) fn act(&mut self, action: String, operation: Operation) -> Option<Performed> {
        let performed = self.attempt_step(action.clone(), operation);
        let refused = |error| self.refused.push(RefusedUndo { action, error });
        performed.map_err(refused).ok()
    }

    /// The same where a refusal does not matter.
    pub(super) fn attempt_step(
        &mut self,
        action: String,
        operation: Operation,
    ) -> Result<Performed, Error> {
        (self.tell)(&Progress::Undo {
            gpu: self.gpu.uuid.clone(),
            action: action.clone(),
        });
        let performed = self.recorder.undo(self.gpu, operation)?;
        self.done.push(action);
        Ok(performed)
    }

    /// Restores MIG mode, if the change has set it. Whether it took effect is read back at the end.
    fn set_mode(&mut self, modes: Option<MigModes>) {
        let wanted = self.entry.modes;
        let stays = modes.is_some_and(|modes| self.now().defers_mode(modes));
        // Setting the mode that is set already does nothing.
        if modes != Some(wanted) && self.entry.set_mig_mode() && !stays {
            let action = format!("set MIG mode to {}", wanted.pending());
            self.act(action, Operation::SetMigMode(wanted.pending()));
        }
    }

    fn spare(&self) -> Option<Spare> {
        let spare = || Spare::find(self.gpu, self.now());
        self.restores.then(spare).flatten()
    }

    /// Destroys the instances created by the change, but for those that stand where one stood before, and the spare one.
    fn destroy_new(&mut self, spare: Option<Spare>) {
        for (id, current) in self.current() {
            if spare.is_some_and(|spare| spare.id == id) {
                continue;
            }
            let live = self.gpu.live(id);
            let is_created = live.is_some_and(|live| self.now().created(live));
            let is_kept = live.is_some_and(|live| self.now().kept(live));
            match self.before(&current) {
                None if is_created => self.destroy(id, &current),
                Some(before) if is_created || is_kept => {
                    let before = before.placed();
                    self.destroy_new_inside(id, &before);
                }
                _ => {}
            }
        }
    }

    fn destroy_new_inside(&mut self, of: GpuInstanceId, before: &PlacedGpuInstance) {
        for (inside, placed) in self.created_inside(of) {
            if !before.has(&placed) {
                self.destroy_compute_instance(of, inside, &placed);
            }
        }
    }

    fn destroy(&mut self, id: GpuInstanceId, current: &PlacedGpuInstance) {
        for (inside, placed) in self.created_inside(id) {
            if !self.destroy_compute_instance(id, inside, &placed) {
                return;
            }
        }
        let (name, placement) = (&current.name, current.placement);
        let action = format!("destroy GPU instance {name} at {placement}");
        self.act(action, Operation::DestroyGpuInstance(id));
    }

    fn destroy_compute_instance(
        &mut self,
        gpu_instance: GpuInstanceId,
        compute_instance: ComputeInstanceId,
        placed: &PlacedComputeInstance,
    ) -> bool {
        let action = format!("destroy {placed} of GPU instance {gpu_instance}");
        let operation = Operation::DestroyComputeInstance {
            gpu_instance,
            compute_instance,
        };
        self.act(action, operation).is_some()
    }

    /// Creates the GPU instances again that the change has destroyed, of those that fit beside the spare one.
    fn create_missing(&mut self, spare: Option<Spare>) {
        let current = self.gpu.partition();
        for before in self.entry.before.clone() {
            if spare.is_some_and(|spare| !spare.leaves_room_for(&before)) {
                continue;
            }
            let wanted = before.placed();
            let is_there = current.iter().any(|found| found.is_at_place_of(&wanted));
            if is_there || !self.now().destroyed(&before) {
                continue;
            }
            let (profile, placement) = (wanted.profile, wanted.placement);
            let action = format!("create GPU instance {} at {placement}", wanted.name);
            self.act(action, Operation::CreateGpuInstance { profile, placement });
        }
    }

    /// Creates the compute instances again that the change has destroyed, both in GPU instances from before and in planned
    /// ones that can't be destroyed. A created GPU instance that would remain without any of them is destroyed.
    fn complete(&mut self) {
        for (id, current) in self.current() {
            let live = self.gpu.live(id);
            let is_created = live.is_some_and(|live| self.now().created(live));
            let is_kept = live.is_some_and(|live| self.now().kept(live));
            let wanted = match self.before(&current) {
                Some(before) if is_created => before.placed(),
                Some(before) if is_kept => self.destroyed_inside(before),
                None if is_created => match self.planned(&current) {
                    Some(planned) => planned,
                    None => continue,
                },
                _ => continue,
            };
            let missing: Vec<_> = wanted.lacking_in(&current).cloned().collect();
            let before = self.before(&current).cloned();
            self.create_all_inside(id, before.as_ref(), &missing);
            let is_empty = self.gpu.ids_inside(id).is_empty();
            if is_created && is_empty && !wanted.compute_instances.is_empty() {
                self.destroy(id, &current);
            }
        }
    }

    /// Notes the id of a GPU instance that the change has created, before there is something inside.
    pub(super) fn note_created(&mut self, id: GpuInstanceId) {
        if let Some(live) = self.gpu.live(id) {
            self.recorder
                .change(&self.gpu.uuid, |entry| entry.note_created(live));
        }
    }

    pub(super) fn create_inside(
        &mut self,
        gpu_instance: GpuInstanceId,
        missing: &PlacedComputeInstance,
    ) {
        let action = format!("create {missing} in GPU instance {gpu_instance}");
        let operation = Operation::CreateComputeInstance {
            gpu_instance,
            profile: missing.profile,
            placement: missing.placement,
        };
        self.act(action, operation);
    }

    /// The GPU instance with those of its compute instances that the change has destroyed.
    fn destroyed_inside(&self, before: &PresentGpuInstance) -> PlacedGpuInstance {
        let inside = before.compute_instances().iter();
        let destroyed = inside.filter(|inside| self.now().destroyed_inside(before, inside));
        let placed = destroyed.map(|inside| inside.instance.clone());
        before.placed().with_compute_instances(placed.collect())
    }

    /// The compute instances of a GPU instance that the change has created.
    fn created_inside(&self, of: GpuInstanceId) -> Vec<(ComputeInstanceId, PlacedComputeInstance)> {
        let Some(live) = self.gpu.live(of) else {
            return Vec::new();
        };
        let placed = live.placed().compute_instances;
        let is_created = |inside: &ComputeInstance| self.now().created_inside(of, inside);
        let inside = live.compute_instances.iter().zip(placed);
        inside
            .filter(|(inside, _)| is_created(inside))
            .map(|(inside, placed)| (inside.id(), placed))
            .collect()
    }

    /// Returns the current GPU instances with their ids.
    fn current(&self) -> Vec<(GpuInstanceId, PlacedGpuInstance)> {
        let live = self.gpu.gpu_instances.iter();
        live.map(|live| (live.gpu_instance.id(), live.placed()))
            .collect()
    }

    /// The GPU instance that stood there before.
    fn before(&self, current: &PlacedGpuInstance) -> Option<&PresentGpuInstance> {
        let mut before = self.entry.before.iter();
        before.find(|before| before.instance.is_at_place_of(current))
    }

    fn planned(&self, current: &PlacedGpuInstance) -> Option<PlacedGpuInstance> {
        let mut after = self.entry.after.iter();
        after.find(|after| after.is_at_place_of(current)).cloned()
    }
}
