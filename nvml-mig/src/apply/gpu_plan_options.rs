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
}

impl GpuPlanOptions {
    /// Creates the default options: idle instances may be destroyed, busy ones may not, and MIG mode does not change.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            instances: PlanOptions::new(),
            change_mig_mode: false,
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

impl From<PlanOptions> for GpuPlanOptions {
    fn from(instances: PlanOptions) -> Self {
        Self::new().with_instances(instances)
    }
}
