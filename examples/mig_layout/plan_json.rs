//! A plan for programs.

use nvml_mig::GpuPlan;
use serde::Serialize;

/// A plan with the index by which the command line names the GPU.
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
}
