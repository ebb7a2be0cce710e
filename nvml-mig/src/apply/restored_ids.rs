//! The order in which a rollback creates compute instances again, so that they get the ids of before.

use std::collections::BTreeMap;

use super::operation::{Operation, Performed};
use super::undo::Undo;
use crate::id::{ComputeInstanceId, GpuInstanceId};
use crate::inventory::{LiveGpuInstance, present};
use crate::placement::ComputeInstancePlacement;
use crate::plan::{GpuModel, Numbering, PlacedComputeInstance, PresentGpuInstance, Step};
use crate::query::Device;

/// Returns the steps, of which some may be temporary; `None` if creating them in their order is as good.
fn steps(
    device: &Device,
    live: &LiveGpuInstance,
    before: &PresentGpuInstance,
    missing: &[PlacedComputeInstance],
) -> Option<Vec<Step>> {
    let mut inside = before.compute_instances().iter();
    let id = |missing: &PlacedComputeInstance| {
        let before = inside.find(|inside| inside.instance.is_same(missing))?;
        Some(before.id)
    };
    let ids: Vec<ComputeInstanceId> = missing.iter().map(id).collect::<Option<_>>()?;
    let kept = present(core::slice::from_ref(live), &[]);
    let kept = kept.first()?.compute_instances();
    let is_free = |id: &ComputeInstanceId| !kept.iter().any(|kept| kept.id == *id);
    let given = (0..).map(ComputeInstanceId::new).filter(is_free);
    let chooses_placements = device.chooses_compute_placements();
    if !chooses_placements && given.take(ids.len()).eq(ids.iter().copied()) {
        return None;
    }
    let model = GpuModel::read(device).ok()?;
    let numbering = Numbering {
        planned: 0,
        gpu_instance: model.profile_by_id(before.profile()).ok()?,
        kept: kept.iter().collect(),
        new: ids.iter().copied().map(Some).zip(missing).collect(),
    };
    Some(if chooses_placements {
        numbering.steps_by_driver()
    } else {
        numbering.steps()
    })
}

impl Undo<'_> {
    /// Creates compute instances again. Without their ids they are right too: the report names the MIG devices whose UUIDs changed.
    pub(super) fn create_all_inside(
        &mut self,
        id: GpuInstanceId,
        before: Option<&PresentGpuInstance>,
        missing: &[PlacedComputeInstance],
    ) {
        let live = self.gpu.live(id).zip(before);
        let steps = live.and_then(|(live, before)| steps(&self.gpu.device, live, before, missing));
        let Some(steps) = steps else {
            missing
                .iter()
                .for_each(|missing| self.create_inside(id, missing));
            return;
        };
        let mut temporary = BTreeMap::new();
        for step in steps {
            self.restore_inside(id, step, missing, &mut temporary);
        }
    }

    fn restore_inside(
        &mut self,
        gpu_instance: GpuInstanceId,
        step: Step,
        missing: &[PlacedComputeInstance],
        temporary: &mut BTreeMap<ComputeInstancePlacement, ComputeInstanceId>,
    ) {
        match step {
            Step::CreateComputeInstance { placement, .. } => {
                let mut missing = missing.iter();
                if let Some(missing) = missing.find(|missing| missing.placement == placement) {
                    self.create_inside(gpu_instance, missing);
                }
            }
            Step::CreateTemporaryComputeInstance {
                profile, placement, ..
            } => {
                let action = format!(
                    "create temporary compute instance at {placement} in GPU instance {gpu_instance}"
                );
                let operation = Operation::CreateComputeInstance {
                    gpu_instance,
                    profile,
                    placement,
                };
                // Without it, those after it get other ids.
                if let Ok(Performed::ComputeInstance(id)) = self.attempt_step(action, operation) {
                    temporary.insert(placement, id);
                }
            }
            Step::DestroyTemporaryComputeInstance { placement, .. } => {
                if let Some(compute_instance) = temporary.remove(&placement) {
                    let action = format!(
                        "destroy temporary compute instance at {placement} in GPU instance {gpu_instance}"
                    );
                    let operation = Operation::DestroyComputeInstance {
                        gpu_instance,
                        compute_instance,
                    };
                    self.act(action, operation);
                }
            }
            _ => {}
        }
    }
}
