//! The plan for one GPU.

use core::fmt;
use std::sync::Arc;

use super::gpu_plan_error::{GpuPlanError, GpuPlanErrorReason};
use super::gpu_plan_options::GpuPlanOptions;
use super::gpu_target::GpuTarget;
use crate::error::Error;
use crate::inventory::{Inventory, LiveGpuInstance};
use crate::plan::{GpuModel, Layout, PlacedGpuInstance, Plan, PlanError, PresentGpuInstance};
use crate::query::{Device, MigMode, MigModes};

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
    /// The same with their handles, which show whether an instance was created again with the same ids.
    pub(super) seen: Arc<[LiveGpuInstance]>,
    pub(super) mode: Option<MigMode>,
    pub(super) layout: Layout,
    /// Whether GPU instances without compute instances may stay.
    counts_mig_devices: bool,
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
        let plan = Self::read(device, &target.into(), options.into());
        plan.map_err(|reason| GpuPlanError {
            uuid: device.uuid().ok(),
            reason,
        })
    }

    fn read(
        device: &Device,
        target: &GpuTarget,
        options: GpuPlanOptions,
    ) -> Result<Self, GpuPlanErrorReason> {
        let inventory = Inventory::read(device)?;
        let modes = inventory.mig_modes();
        if modes.is_none() && *target != GpuTarget::MigDisabled {
            return Err(inventory.no_mig().into());
        }
        let mut plan = Self {
            device: device.clone(),
            uuid: inventory.uuid()?,
            modes,
            present: inventory.present()?,
            mode: modes.map_or(Ok(None), |modes| mode_change(modes, target, options))?,
            layout: target.layout(),
            counts_mig_devices: matches!(target, GpuTarget::MigDevices(_)),
            options,
            model: None,
            plan: None,
            seen: Arc::default(),
        };
        plan.check_reset(device)?;
        if plan.can_tell()? {
            let model = inventory.model()?;
            plan.plan = Some(plan.within(&model)?);
            plan.model = Some(model);
        }
        plan.seen = inventory.into_gpu_instances()?.into();
        Ok(plan)
    }

    /// Plans the instances with this model of the GPU.
    pub(super) fn within(&self, model: &GpuModel) -> Result<Plan, PlanError> {
        let (present, options) = (&self.present, self.options.instances());
        if self.counts_mig_devices {
            return model.plan_mig_devices(present, &self.layout, options);
        }
        model.plan(present, &self.layout, options)
    }

    /// Whether the instances after the change are known.
    pub(super) fn is_settled(&self) -> bool {
        self.plan.is_some() || self.mode != Some(MigMode::Enabled)
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

    /// Fails if the change of MIG mode would need a GPU reset that this machine can't perform, before anything is
    /// destroyed.
    fn check_reset(&self, device: &Device) -> Result<(), GpuPlanErrorReason> {
        let Some(modes) = self.modes.filter(|_| !self.present.is_empty()) else {
            return Ok(());
        };
        let off = self.mode == Some(MigMode::Disabled);
        if off && device.mig_mode_change_needs_reset()? && device.is_pass_through() {
            return Err(GpuPlanErrorReason::ResetNeeded(MigModes::new(
                modes.current(),
                MigMode::Disabled,
            )));
        }
        Ok(())
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

/// Returns the mode to set, if it must change.
fn mode_change(
    modes: MigModes,
    target: &GpuTarget,
    options: GpuPlanOptions,
) -> Result<Option<MigMode>, GpuPlanErrorReason> {
    let wanted = match target {
        GpuTarget::MigDisabled => MigMode::Disabled,
        GpuTarget::Layout(_) | GpuTarget::MigDevices(_) => MigMode::Enabled,
    };
    let current = modes.current();
    match (current == wanted, modes.pending() == wanted) {
        (true, true) => Ok(None),
        _ if options.change_mig_mode() => Ok(Some(wanted)),
        (false, false) => Err(GpuPlanErrorReason::MigMode { current, wanted }),
        _ => Err(GpuPlanErrorReason::ResetNeeded(modes)),
    }
}

/// Prints one line per step, or `nothing to do`.
impl fmt::Display for GpuPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.changes_nothing() {
            return f.write_str("nothing to do");
        }
        f.write_str(&self.lines().join("\n"))
    }
}

impl GpuPlan {
    /// Returns one line per step, in order.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mode = self.mode.map(|mode| format!("set MIG mode to {mode}"));
        let (first, last) = match self.mode {
            Some(MigMode::Enabled) => (mode, None),
            _ => (None, mode),
        };
        let mut lines: Vec<String> = first.into_iter().collect();
        match &self.plan {
            Some(plan) => lines.extend(plan.lines()),
            None if self.layout.is_empty() => {}
            None => lines.push(format!("create {}, if it fits", self.layout)),
        }
        lines.extend(last);
        lines
    }
}
