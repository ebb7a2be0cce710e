//! What is there once a plan was carried out.

use nvml_mig::instance::{ComputeInstanceId, GpuInstanceId};
use nvml_mig::plan::{Plan, PresentComputeInstance, PresentGpuInstance};

/// All instances of a plan, with new ids, idle and not pinned.
pub fn after(plan: &Plan) -> Vec<PresentGpuInstance> {
    let present = |(id, planned): (u32, &nvml_mig::plan::PlacedGpuInstance)| PresentGpuInstance {
        id: GpuInstanceId::new(id),
        instance: nvml_mig::plan::PlacedGpuInstance {
            profile: planned.profile,
            name: planned.name.clone(),
            placement: planned.placement,
            compute_instances: (0..).zip(&planned.compute_instances).map(inside).collect(),
        },
        busy: false,
        pinned: false,
    };
    (0..).zip(&plan.gpu_instances).map(present).collect()
}

fn inside((id, planned): (u32, &nvml_mig::plan::PlacedComputeInstance)) -> PresentComputeInstance {
    PresentComputeInstance {
        id: ComputeInstanceId::new(id),
        instance: planned.clone(),
        busy: false,
        pinned: false,
    }
}
