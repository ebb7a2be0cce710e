//! Plans and failures as data, for logs and for programs in other languages.

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::{ApplyError, ApplyFailure, GpuPlan, GpuPlanError, GpuPlanErrorReason};
use crate::error::chain::sources;
use crate::plan::{DoesNotFit, PlanError};

/// `steps` are the sentences of [`lines`](GpuPlan::lines); `plan` has the same steps as data, and `after` the resulting
/// instances. Both are `null` if the driver lists profiles only with MIG mode on.
impl Serialize for GpuPlan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("GpuPlan", 11)?;
        fields.serialize_field("uuid", self.uuid())?;
        fields.serialize_field("changes_nothing", &self.changes_nothing())?;
        fields.serialize_field("mig_modes", &self.modes)?;
        fields.serialize_field("new_mig_mode", &self.mig_mode())?;
        fields.serialize_field("reset", &self.reset())?;
        fields.serialize_field("layout", &self.layout)?;
        fields.serialize_field("before", &self.before())?;
        fields.serialize_field("processes", self.processes())?;
        fields.serialize_field("after", &self.plan().map(|plan| &plan.gpu_instances))?;
        fields.serialize_field("steps", &self.lines())?;
        fields.serialize_field("plan", &self.plan())?;
        fields.end()
    }
}

/// `reason` is the variant of [`GpuPlanErrorReason`], `does_not_fit` the details if the layout does not fit, and `error`
/// the error of NVML, if there is one.
impl Serialize for GpuPlanError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("GpuPlanError", 8)?;
        fields.serialize_field("message", &self.to_string())?;
        fields.serialize_field("sources", &sources(self))?;
        fields.serialize_field("reason", self.reason.name())?;
        fields.serialize_field("origin", &self.origin)?;
        fields.serialize_field("uuid", &self.uuid)?;
        fields.serialize_field("does_not_fit", &self.reason.does_not_fit())?;
        fields.serialize_field("processes", &self.processes)?;
        fields.serialize_field("error", &self.reason.error())?;
        fields.end()
    }
}

impl GpuPlanErrorReason {
    /// The variant, spelled as all enums of this crate are in serde's formats.
    const fn name(&self) -> &'static str {
        match self {
            Self::Nvml(_) => "nvml",
            Self::Plan(_) => "plan",
            Self::Removal(_) => "removal",
            Self::OtherModel { .. } => "other_model",
            Self::OtherProfile { .. } => "other_profile",
            Self::MigMode { .. } => "mig_mode",
            Self::ResetNeeded(_) => "reset_needed",
            Self::PendingChange(_) => "pending_change",
            Self::InUse => "in_use",
            Self::NoSuchInstance(_) => "no_such_instance",
            Self::VgpuGuest => "vgpu_guest",
        }
    }

    fn does_not_fit(&self) -> Option<&DoesNotFit> {
        match self {
            Self::Plan(PlanError::DoesNotFit(details)) | Self::Removal(details) => Some(details),
            _ => None,
        }
    }
}

/// `failure` is the variant of [`ApplyFailure`], `does_not_fit` the details if the layout does not fit, `error` the error of
/// NVML, if there is one, and `rollback` the result of the rollback; `null` if nothing had been changed.
impl Serialize for ApplyError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("ApplyError", 7)?;
        fields.serialize_field("message", &self.to_string())?;
        fields.serialize_field("sources", &sources(self))?;
        fields.serialize_field("failure", self.failure.name())?;
        fields.serialize_field("uuid", &self.failure.uuid())?;
        fields.serialize_field("does_not_fit", &self.failure.does_not_fit())?;
        fields.serialize_field("error", &self.failure.error())?;
        fields.serialize_field("rollback", &self.rollback)?;
        fields.end()
    }
}

impl ApplyFailure {
    fn does_not_fit(&self) -> Option<&DoesNotFit> {
        match self {
            Self::Plan(error) => error.reason.does_not_fit(),
            _ => None,
        }
    }

    /// Returns the name of the variant in snake case, as for all serialized enums of this crate.
    const fn name(&self) -> &'static str {
        match self {
            Self::Interrupted { .. } => "interrupted",
            Self::Journal { .. } => "journal",
            Self::LockLost { .. } => "lock_lost",
            Self::NotLocked { .. } => "not_locked",
            Self::TwoPlans { .. } => "two_plans",
            Self::Changed { .. } => "changed",
            Self::Busy { .. } => "busy",
            Self::LeftOver { .. } => "left_over",
            Self::ResetNeeded { .. } => "reset_needed",
            Self::Plan(_) => "plan",
            Self::Step { .. } => "step",
            Self::Read { .. } => "read",
            Self::NotAsPlanned { .. } => "not_as_planned",
            Self::Stopped => "stopped",
        }
    }
}
