//! Formats a plan as JSON.

use nvml_mig::GpuPlan;
use serde::Serialize;

/// A plan with the GPU's index, by which the command line refers to it.
#[derive(Debug, Serialize)]
pub(crate) struct PlanJson<'a> {
    index: u32,
    #[serde(flatten)]
    plan: &'a GpuPlan,
}

impl<'a> PlanJson<'a> {
    pub(crate) fn of(plan: &'a GpuPlan) -> Result<Self, nvml_mig::Error> {
        let index = plan.device().index()?;
        Ok(Self { index, plan })
    }

    pub(crate) fn all(plans: &'a [GpuPlan]) -> Result<Vec<Self>, nvml_mig::Error> {
        plans.iter().map(Self::of).collect()
    }
}
