//! What a plan for a GPU may change.

use crate::plan::PlanOptions;

/// Restricts what a plan for a GPU may change.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize,
)]
#[serde(default, deny_unknown_fields)]
pub struct GpuPlanOptions {
    instances: PlanOptions,
    change_mig_mode: bool,
    take_back_pending_mode: bool,
}

impl GpuPlanOptions {
    /// Creates the default options: idle instances may be destroyed, busy ones may not, and MIG mode does not change.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            instances: PlanOptions::new(),
            change_mig_mode: false,
            take_back_pending_mode: false,
        }
    }

    /// Sets which instances may be destroyed.
    #[must_use]
    pub const fn with_instances(self, instances: PlanOptions) -> Self {
        Self { instances, ..self }
    }

    /// Sets whether MIG mode may be changed. The default is `false`.
    #[must_use]
    pub const fn with_change_mig_mode(self, change_mig_mode: bool) -> Self {
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
    pub const fn with_take_back_pending_mode(self, take_back_pending_mode: bool) -> Self {
        Self {
            take_back_pending_mode,
            ..self
        }
    }

    /// Returns which instances may be destroyed.
    #[must_use]
    pub const fn instances(self) -> PlanOptions {
        self.instances
    }

    /// Returns whether MIG mode may be changed.
    #[must_use]
    pub const fn change_mig_mode(self) -> bool {
        self.change_mig_mode
    }
}

impl GpuPlanOptions {
    /// Returns whether a MIG mode that stays pending is taken back.
    #[must_use]
    pub const fn take_back_pending_mode(self) -> bool {
        self.take_back_pending_mode
    }
}

impl From<PlanOptions> for GpuPlanOptions {
    fn from(instances: PlanOptions) -> Self {
        Self::new().with_instances(instances)
    }
}
