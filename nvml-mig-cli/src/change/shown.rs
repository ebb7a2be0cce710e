//! What a person has seen of a plan, and agreed to.

use nvml_mig::GpuPlan;
use nvml_mig::plan::PlacedGpuInstance;

/// The plan of a GPU, as it was shown.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shown {
    uuid: String,
    before: Vec<PlacedGpuInstance>,
    after: Vec<PlacedGpuInstance>,
    steps: Vec<String>,
}

impl Shown {
    pub(super) fn all(plans: &[GpuPlan]) -> Vec<Self> {
        plans.iter().map(Self::of).collect()
    }

    fn of(plan: &GpuPlan) -> Self {
        Self {
            uuid: plan.uuid().to_owned(),
            before: plan.before(),
            after: plan.after(),
            steps: plan.lines(),
        }
    }
}
