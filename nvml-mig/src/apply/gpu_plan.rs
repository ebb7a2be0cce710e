//! The plan for one GPU.

use std::sync::Arc;

use super::addition::Addition;
use super::gpu_plan_error::{GpuPlanError, GpuPlanErrorReason};
use super::gpu_plan_options::GpuPlanOptions;
use super::gpu_target::GpuTarget;
use super::instance_selector::{self, InstanceSelector, Selected};
use super::pending_mig_mode::ResetMethod;
use super::saved_names::SavedNames;
use super::{planned_mode, users};
use crate::error::Error;
use crate::inventory::{Inventory, LiveGpuInstance};
use crate::plan::{
    DoesNotFitReason, GpuModel, Layout, LayoutGpuInstance, PlacedGpuInstance, Plan, PlanError,
    PlanOptions, PresentGpuInstance, Protection, Step,
};
use crate::query::{Device, MigMode, MigModes, ProcessInfo};

/// A plan that takes one GPU from its current to the desired state.
///
/// Creating a plan changes nothing. [`MachineLock::apply`](crate::MachineLock::apply) applies it, if the GPU has not
/// changed since.
///
/// ```
/// # use nvml_mig::{GpuPlan, Layout, Nvml};
/// # use nvml_mig::apply::GpuPlanOptions;
/// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
/// # let device = Nvml::init_from(simulator.library_path())?.device_by_index(0)?;
/// let layout: Layout = "2g.12gb, 2*1g.6gb".parse()?;
/// let plan = GpuPlan::from_device(&device, layout, GpuPlanOptions::default())?;
/// println!("{plan}");
/// # assert_eq!(plan.to_string().lines().count(), 6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct GpuPlan {
    pub(super) device: Device,
    pub(super) uuid: String,
    pub(super) modes: Option<MigModes>,
    pub(super) present: Vec<PresentGpuInstance>,
    processes: Vec<ProcessInfo>,
    /// The same with their handles, which show whether an instance was created again with the same ids.
    pub(super) seen: Arc<[LiveGpuInstance]>,
    pub(super) mode: Option<MigMode>,
    /// What makes the mode take effect, if the driver can't activate it at once on this machine.
    pub(super) reset: Option<ResetMethod>,
    pub(super) layout: Layout,
    /// What its profiles are called, if it is that of a snapshot.
    pub(super) saved_names: SavedNames,
    /// What the layout is for.
    purpose: Purpose,
    pub(super) options: GpuPlanOptions,
    model: Option<GpuModel>,
    /// `None` if the driver lists profiles only with MIG mode on.
    pub(super) plan: Option<Plan>,
}

impl GpuPlan {
    /// Reads the GPU and plans its change. If MIG mode is off and the driver lists no profiles then (535 and older), whether
    /// the layout fits is only checked when the plan is applied; if it does not, MIG mode is restored.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
    /// # let device = nvml.device_by_index(0)?;
    /// use nvml_mig::apply::GpuPlanOptions;
    /// use nvml_mig::{GpuPlan, Layout};
    ///
    /// let layout: Layout = "2*2g.12gb".parse()?;
    /// let plan = GpuPlan::from_device(&device, &layout, GpuPlanOptions::new())?;
    /// for line in plan.lines() {
    ///     println!("{line}"); // such as "create GPU instance 2g.12gb at 0:2"
    /// }
    /// # assert_eq!(plan.lines().len(), 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`GpuPlanError`], with the reason.
    pub fn from_device(
        device: &Device,
        target: impl Into<GpuTarget>,
        options: impl Into<GpuPlanOptions>,
    ) -> Result<Self, GpuPlanError> {
        Self::with_names(
            device,
            &target.into(),
            SavedNames::default(),
            options.into(),
        )
    }

    /// The same for the target of a snapshot with these GPU instances.
    pub(crate) fn of_saved(
        device: &Device,
        (target, saved): (&GpuTarget, &[PlacedGpuInstance]),
        options: GpuPlanOptions,
    ) -> Result<Self, GpuPlanError> {
        Self::with_names(device, target, SavedNames::of(saved), options)
    }

    fn with_names(
        device: &Device,
        target: &GpuTarget,
        saved_names: SavedNames,
        options: GpuPlanOptions,
    ) -> Result<Self, GpuPlanError> {
        let read = Self::read(device, target, options);
        let mut plan = read.map_err(|reason| GpuPlanError::new(device.uuid().ok(), reason))?;
        plan.saved_names = saved_names;
        let model = plan.model.as_ref();
        plan.plan = model.map(|model| plan.within(model)).transpose()?;
        plan.check_guest()?;
        plan.check_whole_gpu()?;
        Ok(plan)
    }

    /// Checks that this is not a vGPU guest, if the plan creates or destroys GPU instances. Compute instances are not its host's
    /// alone.
    fn check_guest(&self) -> Result<(), GpuPlanError> {
        let is_for_host = |step: &Step| {
            matches!(
                step,
                Step::CreateGpuInstance { .. } | Step::DestroyGpuInstance { .. }
            )
        };
        let mut steps = self.plan.iter().flat_map(|plan| &plan.steps);
        if steps.any(is_for_host) && self.device.is_vgpu_guest() {
            let uuid = Some(self.uuid.clone());
            return Err(GpuPlanError::new(uuid, GpuPlanErrorReason::VgpuGuest));
        }
        Ok(())
    }

    /// Checks that no process uses the whole GPU, where the plan creates its first GPU instance: the driver refuses that. If the
    /// processes can't be read, the driver decides.
    fn check_whole_gpu(&self) -> Result<(), GpuPlanError> {
        let is_creation = |step: &Step| matches!(step, Step::CreateGpuInstance { .. });
        let creates = match &self.plan {
            Some(plan) => plan.steps.iter().any(is_creation),
            // Such a driver lists the profiles only with MIG mode on.
            None => !self.layout.is_empty(),
        };
        if !creates || !self.seen.is_empty() || self.waits_for_reset() {
            return Ok(());
        }
        match self.device.processes() {
            Ok(processes) if !processes.is_empty() => {
                let error = GpuPlanErrorReason::InUse;
                let error = GpuPlanError::new(Some(self.uuid.clone()), error);
                Err(error.with_processes(processes))
            }
            _ => Ok(()),
        }
    }

    /// Whether MIG mode is to be switched on where that needs a reset: with a process on the GPU, it stays pending.
    fn waits_for_reset(&self) -> bool {
        let needs_reset = || self.device.mig_mode_change_needs_reset();
        self.mode.is_some() && needs_reset().unwrap_or(true)
    }

    /// Reads all that the plan for the instances is made from.
    fn read(
        device: &Device,
        target: &GpuTarget,
        options: GpuPlanOptions,
    ) -> Result<Self, GpuPlanErrorReason> {
        let inventory = Inventory::read(device)?;
        let modes = inventory.mig_modes();
        if modes.is_none() && target.needs_mig() {
            return Err(inventory.no_mig().into());
        }
        let (mut present, processes) = inventory.present_and_processes()?;
        let (removed, pins) = select(&inventory, &mut present, target, &options)?;
        let mut plan = Self {
            device: device.clone(),
            uuid: inventory.uuid()?,
            modes,
            present,
            processes,
            mode: modes.map_or(Ok(None), |modes| {
                planned_mode::change(device, modes, target, &options)
            })?,
            reset: None,
            layout: Layout::new(),
            saved_names: SavedNames::default(),
            purpose: Purpose::of(target),
            options,
            model: None,
            plan: None,
            seen: Arc::default(),
        };
        plan.reset = planned_mode::expected_reset(device, plan.modes, plan.mode)?;
        plan.model = plan.can_tell()?.then(|| inventory.model()).transpose()?;
        plan.set_layout(target, &removed, &pins);
        plan.seen = inventory.into_gpu_instances()?.into();
        Ok(plan)
    }

    /// Sets the complete layout of the target.
    fn set_layout(&mut self, target: &GpuTarget, removed: &[Selected], pins: &[Selected]) {
        let (GpuTarget::Add(added), Some(model)) = (target, &self.model) else {
            self.layout = target.layout(self.model.as_ref(), &self.present, removed);
            return;
        };
        let addition = Addition {
            model,
            present: &self.present,
            added,
            pins,
            options: self.options.instances(),
        };
        (self.present, self.layout) = addition.goal();
    }

    /// Plans the instances with this model of the GPU.
    pub(super) fn within(&self, model: &GpuModel) -> Result<Plan, GpuPlanError> {
        let (present, options) = (&self.present, self.options.instances());
        let layout = self.saved_names.layout(&self.layout, model);
        let layout = layout.map_err(|reason| GpuPlanError::new(Some(self.uuid.clone()), reason))?;
        let plan = if self.purpose == Purpose::MigDevices {
            model.plan_mig_devices(present, &layout, options)
        } else {
            model.plan(present, &layout, options)
        };
        let plan = plan.map(|plan| self.by_driver(plan, model));
        plan.map_err(|error| {
            let processes = users::in_the_way(&self.processes, &error);
            let error = without_what_is_there(error, model, (present, options));
            let reason = match self.without_own_pins(error) {
                PlanError::DoesNotFit(error) if self.purpose == Purpose::Removal => {
                    GpuPlanErrorReason::Removal(error)
                }
                error => error.into(),
            };
            GpuPlanError::new(Some(self.uuid.clone()), reason)
                .with_processes(processes)
                .with_origin(self.options.origin().map(str::to_owned))
        })
    }

    /// Calls pinned only what the caller has pinned: an addition pins all that there is.
    fn without_own_pins(&self, mut error: PlanError) -> PlanError {
        let is_own = self.purpose == Purpose::Addition && self.options.pins().is_empty();
        if let PlanError::DoesNotFit(error) = &mut error
            && let DoesNotFitReason::Blocked { blockers } = &mut error.reason
            && is_own
        {
            for blocker in blockers {
                if blocker.protection == Protection::Pinned {
                    blocker.protection = Protection::Idle;
                }
            }
        }
        error
    }

    /// Puts the steps in an order that leads there with a driver that chooses placements itself.
    fn by_driver(&self, plan: Plan, model: &GpuModel) -> Plan {
        let plan = if self.device.chooses_gpu_placements() {
            let entries = self.layout.gpu_instances().iter();
            let starts: Vec<Option<u32>> = entries.map(LayoutGpuInstance::start).collect();
            plan.in_driver_order(model, &self.present, &starts)
        } else {
            plan
        };
        if self.device.chooses_compute_placements() {
            plan.by_driver(model, &self.present)
        } else {
            plan
        }
    }

    /// Whether the instances after the change are known.
    pub(super) fn is_settled(&self) -> bool {
        self.plan.is_some() || self.mode != Some(MigMode::Enabled)
    }

    /// Whether MIG mode is all that changes.
    pub(super) fn is_mode_only(&self) -> bool {
        let has_steps = match &self.plan {
            Some(plan) => !plan.changes_nothing(),
            None => !self.layout.is_empty(),
        };
        self.mode.is_some() && !has_steps
    }

    /// Whether the driver lists the GPU's profiles in the current MIG mode.
    fn can_tell(&self) -> Result<bool, Error> {
        match self.modes {
            Some(modes) if modes.current() == MigMode::Enabled => Ok(true),
            Some(_) if self.mode == Some(MigMode::Enabled) => {
                self.device.lists_profiles_with_mig_disabled()
            }
            _ => Ok(false),
        }
    }

    /// Whether MIG mode is set to off before anything is destroyed: where it only gets pending, the instances stay until the
    /// reboot, which destroys them.
    pub(super) fn switches_off_first(&self) -> bool {
        self.mode == Some(MigMode::Disabled) && self.reset.is_some()
    }

    /// Returns the GPU.
    #[must_use]
    pub const fn device(&self) -> &Device {
        &self.device
    }

    /// Returns the UUID of the GPU.
    #[must_use]
    pub fn uuid(&self) -> &str {
        &self.uuid
    }

    /// Returns the new MIG mode; `None` if it does not change.
    #[must_use]
    pub const fn mig_mode(&self) -> Option<MigMode> {
        self.mode
    }

    /// Returns what makes the new MIG mode take effect, if this machine can't reset the GPU: applying the plan leaves the mode
    /// pending, and a second plan does the rest. `None` if the mode can take effect at once, which programs that use the GPU can
    /// still prevent.
    #[must_use]
    pub const fn reset(&self) -> Option<&ResetMethod> {
        self.reset.as_ref()
    }

    /// Returns the plan for the instances; `None` if the target is a GPU without MIG mode, or if the driver lists
    /// profiles only with MIG mode on.
    #[must_use]
    pub const fn plan(&self) -> Option<&Plan> {
        self.plan.as_ref()
    }

    /// Returns the model of the GPU, if there is a [`plan`](Self::plan).
    #[must_use]
    pub const fn model(&self) -> Option<&GpuModel> {
        self.model.as_ref()
    }

    /// Returns the processes that NVML listed while the plan was made; empty if there is no instance.
    #[must_use]
    pub fn processes(&self) -> &[ProcessInfo] {
        &self.processes
    }

    /// Returns the current instances.
    #[must_use]
    pub fn before(&self) -> Vec<PlacedGpuInstance> {
        self.present
            .iter()
            .map(PresentGpuInstance::placed)
            .collect()
    }

    /// Returns the planned instances; empty if [`plan`](Self::plan) is `None`.
    #[must_use]
    pub fn after(&self) -> Vec<PlacedGpuInstance> {
        let plan = self.plan.as_ref();
        plan.map_or_else(Vec::new, |plan| plan.gpu_instances.clone())
    }

    /// Returns whether the GPU is already in the desired state.
    #[must_use]
    pub fn changes_nothing(&self) -> bool {
        let unknown = self.plan.is_none() && !self.layout.is_empty();
        let steps = self
            .plan
            .as_ref()
            .is_some_and(|plan| !plan.changes_nothing());
        self.mode.is_none() && !steps && !unknown
    }
}

/// What the layout of a plan is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Instances,
    Addition,
    /// GPU instances without compute instances may stay.
    MigDevices,
    Removal,
}

impl Purpose {
    const fn of(target: &GpuTarget) -> Self {
        match target {
            GpuTarget::Add(_) => Self::Addition,
            GpuTarget::MigDevices(_) => Self::MigDevices,
            GpuTarget::Remove(_) => Self::Removal,
            _ => Self::Instances,
        }
    }
}

/// Pins the existing instances that must stay. Returns those to remove, and those that the caller pins.
fn select(
    inventory: &Inventory,
    present: &mut [PresentGpuInstance],
    target: &GpuTarget,
    options: &GpuPlanOptions,
) -> Result<(Vec<Selected>, Vec<Selected>), GpuPlanErrorReason> {
    let find = |selectors: &[InstanceSelector]| {
        let found = selectors.iter();
        let found = found.map(|selector| {
            let found = selector.find(inventory, present)?;
            found.ok_or_else(|| GpuPlanErrorReason::NoSuchInstance(selector.clone()))
        });
        found.collect::<Result<Vec<Selected>, _>>()
    };
    let (removed, pins) = (find(target.removed())?, find(options.pins())?);
    target.pin(present, &removed);
    instance_selector::pin(present, &pins);
    Ok((removed, pins))
}

/// Does not say that what is there would fit.
fn without_what_is_there(
    error: PlanError,
    model: &GpuModel,
    (present, options): (&[PresentGpuInstance], PlanOptions),
) -> PlanError {
    let PlanError::DoesNotFit(mut error) = error else {
        return error;
    };
    let is_there = |layout: &Layout| {
        let plan = model.plan(present, layout, options);
        plan.is_ok_and(|plan| plan.changes_nothing())
    };
    error.would_fit = error.would_fit.filter(|layout| !is_there(layout));
    error.into()
}
