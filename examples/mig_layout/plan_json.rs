//! A plan for programs.

use nvml_mig::GpuPlan;
use nvml_mig::plan::PlacedGpuInstance;
use serde::Serialize;

/// A plan of a GPU.
#[derive(Debug, Serialize)]
pub(crate) struct PlanJson {
    index: u32,
    uuid: String,
    changes_nothing: bool,
    /// The mode that it will be switched to, if it will.
    mig_mode: Option<String>,
    before: Vec<PlacedGpuInstance>,
    /// `None` where it is known only once MIG mode is on.
    after: Option<Vec<PlacedGpuInstance>>,
    /// In sentences.
    steps: Vec<String>,
}

impl PlanJson {
    pub(crate) fn of(plan: &GpuPlan) -> Result<Self, nvml_mig::Error> {
        Ok(Self {
            index: plan.device().index()?,
            uuid: plan.uuid().to_owned(),
            changes_nothing: plan.changes_nothing(),
            mig_mode: plan.mig_mode().map(|mode| mode.to_string()),
            before: plan.before(),
            after: plan.plan().map(|_| plan.after()),
            steps: plan.lines(),
        })
    }
}
