//! What is there once a plan was carried out.

use nvml_mig::instance::{ComputeInstanceId, GpuInstanceId};
use nvml_mig::plan::{Plan, PresentComputeInstance, PresentGpuInstance};

/// All instances of a plan, with new ids, idle and not pinned.
pub fn after(plan: &Plan) -> Vec<PresentGpuInstance> {
    let present = |(id, planned): (u32, &nvml_mig::plan::PlacedGpuInstance)| {
        let compute_instances = (0..).zip(&planned.compute_instances).map(inside).collect();
        let instance = planned.clone().with_compute_instances(compute_instances);
        PresentGpuInstance::new(GpuInstanceId::new(id), instance)
    };
    (0..).zip(&plan.gpu_instances).map(present).collect()
}

fn inside((id, planned): (u32, &nvml_mig::plan::PlacedComputeInstance)) -> PresentComputeInstance {
    PresentComputeInstance::new(ComputeInstanceId::new(id), planned.clone())
}
