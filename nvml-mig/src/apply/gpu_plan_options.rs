//! What a plan for a GPU may change.

use super::instance_selector::InstanceSelector;
use crate::plan::PlanOptions;

/// Restricts what a plan for a GPU may change.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GpuPlanOptions {
    instances: PlanOptions,
    change_mig_mode: bool,
    take_back_pending_mode: bool,
    pins: Vec<InstanceSelector>,
    origin: Option<String>,
}

impl GpuPlanOptions {
    /// Creates the default options: idle instances may be destroyed, busy ones may not, and MIG mode does not change.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            instances: PlanOptions::new(),
            change_mig_mode: false,
            take_back_pending_mode: false,
            pins: Vec::new(),
            origin: None,
        }
    }

    /// Sets which instances may be destroyed.
    #[must_use]
    pub fn with_instances(self, instances: PlanOptions) -> Self {
        Self { instances, ..self }
    }

    /// Sets whether MIG mode may be changed. The default is `false`.
    #[must_use]
    pub fn with_change_mig_mode(self, change_mig_mode: bool) -> Self {
        Self {
            change_mig_mode,
            ..self
        }
    }

    /// Sets whether a MIG mode that the driver records but does not activate is taken back. The default is `false`: it stays
    /// pending, [`apply`](crate::MachineLock::apply) fails with
    /// [`ApplyFailure::ResetNeeded`](crate::apply::ApplyFailure::ResetNeeded), and after the reset or reboot the same plan can
    /// be applied. A virtual machine that takes it back never gets MIG.
    #[must_use]
    pub fn with_take_back_pending_mode(self, take_back_pending_mode: bool) -> Self {
        Self {
            take_back_pending_mode,
            ..self
        }
    }

    /// Pins an existing instance: a plan leaves it as it is, and there is none if that is not possible.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let device = nvml_mig::Nvml::init_from(simulator.library_path())?.device_by_index(0)?;
    /// # let profile = device.gpu_instance_profile_by_name("2g.12gb")?.id;
    /// # let mine = device.create_gpu_instance(profile)?.id();
    /// use nvml_mig::apply::GpuPlanOptions;
    /// use nvml_mig::{GpuPlan, Layout};
    ///
    /// let layout: Layout = "4*1g.6gb".parse()?;
    /// let options = GpuPlanOptions::new().with_pin(mine);
    /// assert!(GpuPlan::from_device(&device, layout, options).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_pin(mut self, instance: impl Into<InstanceSelector>) -> Self {
        self.pins.push(instance.into());
        self
    }

    /// Sets where the target is written, such as `config.yaml:7:7`. The error of a layout that can't be applied begins with it.
    #[must_use]
    pub fn with_origin(self, origin: impl Into<String>) -> Self {
        let origin = Some(origin.into());
        Self { origin, ..self }
    }

    /// Returns where the target is written, if that is known.
    #[must_use]
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    /// Returns the pinned instances.
    #[must_use]
    pub fn pins(&self) -> &[InstanceSelector] {
        &self.pins
    }

    /// Returns which instances may be destroyed.
    #[must_use]
    pub const fn instances(&self) -> PlanOptions {
        self.instances
    }

    /// Returns whether MIG mode may be changed.
    #[must_use]
    pub const fn change_mig_mode(&self) -> bool {
        self.change_mig_mode
    }
}

impl GpuPlanOptions {
    /// Returns whether a MIG mode that stays pending is taken back.
    #[must_use]
    pub const fn take_back_pending_mode(&self) -> bool {
        self.take_back_pending_mode
    }
}

impl From<PlanOptions> for GpuPlanOptions {
    fn from(instances: PlanOptions) -> Self {
        Self::new().with_instances(instances)
    }
}
