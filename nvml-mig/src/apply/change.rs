//! The transaction on one GPU.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use super::action::{Action, can_do_without};
use super::applied::AppliedGpu;
use super::apply_error::ApplyFailure;
use super::boot::Boot;
use super::entry::Entry;
use super::gpu_plan::GpuPlan;
use super::late::Late;
use super::live_gpu::LiveGpu;
use super::mig_uuid::{self, MigUuid};
use super::pending_mig_mode::PendingMigMode;
use super::recorder::{NotPerformed, Recorder};
use crate::error::{Cause, Error, ReturnCode};
use crate::id::{ComputeInstanceId, GpuInstanceId};
use crate::inventory::present;
use crate::placement::ComputeInstancePlacement;
use crate::plan::{GpuModel, Plan, PresentGpuInstance, Step};
use crate::query::{MigMode, MigModes};

/// A GPU with its plan.
#[derive(Debug)]
pub(super) struct Change<'a> {
    pub(super) plan: &'a GpuPlan,
    pub(super) gpu: LiveGpu,
    /// MIG mode before.
    pub(super) modes: MigModes,
    /// The plan for the instances: from `plan`, or computed after MIG mode was enabled.
    pub(super) instances: Option<Plan>,
    /// The model with which that was computed.
    pub(super) settled_with: Option<GpuModel>,
    /// Created GPU instances, by their index in the plan.
    pub(super) created: BTreeMap<usize, GpuInstanceId>,
    /// The GPU instance that exists only during the change.
    pub(super) temporary: Option<GpuInstanceId>,
    /// The compute instances that exist only during the change, by their GPU instance's index in the plan and their placement.
    pub(super) temporary_inside: BTreeMap<(usize, ComputeInstancePlacement), ComputeInstanceId>,
    /// The steps that wait for a temporary instance to be destroyed.
    pub(super) late: Late,
    /// The mode that the driver did not activate.
    pub(super) pending: Option<PendingMigMode>,
    /// The result, once it was read back.
    pub(super) applied: Option<AppliedGpu>,
    /// Whether any action has been attempted, even without success.
    pub(super) touched: bool,
}

impl<'a> Change<'a> {
    /// Checks that the GPU has not changed since the plan was made. Returns the change with its entry for the journal; `None`
    /// for a GPU without MIG, which can't change.
    pub(super) fn check(plan: &'a GpuPlan) -> Result<Option<(Self, Entry)>, ApplyFailure> {
        let Some(modes) = plan.modes else {
            return Ok(None);
        };
        let mut gpu = LiveGpu::new(plan.uuid.clone(), plan.device.clone());
        gpu.can_not_reset = plan.reset.is_some();
        let read = read(&mut gpu, plan);
        let (found, mig_uuids) = read.map_err(unreadable(&plan.uuid))?;
        let now = present(&gpu.gpu_instances, &[]);
        let are_same = PresentGpuInstance::are_same(&now, &plan.present);
        let mut seen = plan.seen.iter();
        if found != modes || !are_same || !seen.all(|seen| seen.is_still_in(&gpu.gpu_instances)) {
            return Err(ApplyFailure::Changed {
                uuid: plan.uuid.clone(),
                modes: found,
                found: gpu.partition(),
            });
        }
        let change = Self {
            plan,
            gpu,
            modes,
            instances: plan.plan.clone(),
            settled_with: None,
            created: BTreeMap::new(),
            temporary: None,
            temporary_inside: BTreeMap::new(),
            late: Late::default(),
            pending: None,
            applied: None,
            touched: false,
        };
        change.check_busy()?;
        let entry = change.entry(mig_uuids);
        Ok(Some((change, entry)))
    }

    fn entry(&self, mig_uuids: Vec<MigUuid>) -> Entry {
        let plan = self.plan;
        let mode = plan.mode.unwrap_or(self.modes.current());
        Entry {
            uuid: plan.uuid.clone(),
            since: since(),
            boot: Boot::current(),
            modes: self.modes,
            keeps_pending_mode: !plan.options.take_back_pending_mode(),
            before: plan.present.clone(),
            mig_uuids,
            after: plan.after(),
            mode_after: plan.is_settled().then_some(mode),
            records: Vec::new(),
            left_over: Vec::new(),
        }
    }

    pub(super) fn steps(&self) -> &[Step] {
        self.instances.as_ref().map_or(&[], |plan| &plan.steps)
    }

    /// Returns the action that enables MIG mode, or that leaves a change pending. It comes before all other actions, on all
    /// GPUs.
    pub(super) fn first(&self) -> Option<Action> {
        let is_first = self.plan.mode == Some(MigMode::Enabled) || self.plan.switches_off_first();
        let first = self.plan.mode.filter(|_| is_first);
        first.map(Action::SetMode)
    }

    /// Whether a mode is pending that stays.
    pub(super) fn keeps_pending_mode(&self) -> bool {
        self.pending.as_ref().is_some_and(|pending| pending.stays)
    }

    /// Whether the plan only changes MIG mode, and this is done.
    pub(super) fn has_its_mode(&self) -> bool {
        self.plan.is_mode_only() && self.touched && self.applied.is_some()
    }

    /// Whether MIG mode is switched off.
    pub(super) fn switches_off(&self) -> bool {
        self.plan.mode == Some(MigMode::Disabled)
    }

    /// Returns the remaining actions. Disabling MIG mode is the last of them.
    pub(super) fn rest(&self) -> Vec<Action> {
        if self.plan.switches_off_first() {
            return Vec::new();
        }
        let mut actions: Vec<Action> = self.steps().iter().copied().map(Action::Do).collect();
        let off = self.plan.mode.filter(|mode| *mode == MigMode::Disabled);
        actions.extend(off.map(Action::SetMode));
        actions
    }

    /// Whether no GPU instance is left or created.
    pub(super) fn only_destroys(&self) -> bool {
        let plan = self.instances.as_ref();
        plan.is_none_or(|plan| plan.gpu_instances.is_empty())
    }

    /// Returns the number of actions.
    pub(super) fn steps_to_do(&self) -> usize {
        usize::from(self.first().is_some()) + self.rest().len()
    }

    /// Whether the instances can be planned only after MIG mode is enabled.
    pub(super) fn is_unsettled(&self) -> bool {
        self.instances.is_none() && self.first().is_some()
    }

    /// Plans the instances, now that MIG mode is on.
    pub(super) fn settle(&mut self, recorder: &mut Recorder) -> Result<(), ApplyFailure> {
        let model = GpuModel::read(&self.gpu.device).map_err(unreadable(&self.plan.uuid))?;
        let instances = self.plan.within(&model).map_err(ApplyFailure::Plan)?;
        recorder.change(&self.plan.uuid, |entry| {
            entry.after.clone_from(&instances.gpu_instances);
            entry.mode_after = self.plan.mode;
        });
        self.instances = Some(instances);
        self.settled_with = Some(model);
        Ok(())
    }

    pub(super) fn describe(&self, action: Action) -> String {
        match (action, &self.instances) {
            (Action::SetMode(mode), _) => format!("set MIG mode to {mode}"),
            (Action::DestroySteering(id), _) => format!("destroy temporary GPU instance {id}"),
            (Action::Do(step), Some(plan)) => plan.line(&step),
            (Action::Do(step), None) => step.to_string(),
        }
    }

    pub(super) fn act(
        &mut self,
        action: Action,
        recorder: &mut Recorder,
    ) -> Result<(), ApplyFailure> {
        self.touched = true;
        if self.passes_over(action) {
            return Ok(());
        }
        self.gpu.possible_places = self.possible_places(action);
        let operation = self.operation(action);
        let operation = operation.map_err(|error| self.refused(action, error))?;
        let Some(operation) = operation else {
            return Ok(());
        };
        let performed = recorder.perform(&mut self.gpu, operation);
        self.postpone_steering();
        match performed {
            Ok(performed) => {
                if self.take(action, performed)
                    && let Some(instances) = &self.instances
                {
                    recorder.change(&self.plan.uuid, |entry| {
                        entry.after.clone_from(&instances.gpu_instances);
                    });
                }
                Ok(())
            }
            Err(NotPerformed::Nvml(error)) if can_do_without(action, &error) => Ok(()),
            Err(NotPerformed::Nvml(error)) => self
                .postpone(action, error)
                .map_err(|error| self.refused(action, error)),
            Err(NotPerformed::Journal(source)) => {
                Err(ApplyFailure::journal(recorder.journal().path())(source))
            }
        }
    }

    fn refused(&self, action: Action, error: Error) -> ApplyFailure {
        let is_in_use = error.code() == Some(ReturnCode::InUse);
        let destroyed = action.destroys().filter(|_| is_in_use);
        let mut present = self.plan.present.iter();
        if let Some(instance) = present.find(|present| Some(present.id) == destroyed) {
            // Without the list, the driver's refusal says enough.
            let processes = self.gpu.device.processes().unwrap_or_default();
            return self.busy(instance, processes, Some(error));
        }
        if is_in_use {
            return ApplyFailure::Busy {
                uuid: self.plan.uuid.clone(),
                instance: None,
                processes: self.gpu.device.processes().unwrap_or_default(),
                error: Some(error),
            };
        }
        ApplyFailure::Step {
            uuid: self.plan.uuid.clone(),
            action: self.describe(action),
            error: without_remedy(error),
        }
    }
}

/// The plan fits, and the rollback destroys what was created for it, so nobody should destroy anything to make room.
fn without_remedy(error: Error) -> Error {
    let text = "there is no room, although the driver's own figures leave some: it allows fewer instances than it reports, or another \
                process created some meanwhile";
    match error {
        Error::Call(call) if call.cause == Some(Cause::NoRoom) => {
            Error::Call(Box::new(call.with_cause(Cause::NoRoom, text)))
        }
        other => other,
    }
}

/// Reads MIG mode and the instances; for a plan that changes something, also the UUIDs of the MIG devices. After a boot,
/// nobody can tell them.
fn read(gpu: &mut LiveGpu, plan: &GpuPlan) -> Result<(MigModes, Vec<MigUuid>), Error> {
    let inventory = gpu.inventory(&plan.present)?;
    let mig_uuids = if plan.changes_nothing() {
        Vec::new()
    } else {
        mig_uuid::read(&inventory)?
    };
    Ok((gpu.take(inventory)?, mig_uuids))
}

/// Now, in seconds since 1970.
fn since() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

pub(super) fn unreadable(uuid: &str) -> impl FnOnce(Error) -> ApplyFailure {
    let uuid = uuid.to_owned();
    |error| ApplyFailure::Read { uuid, error }
}
