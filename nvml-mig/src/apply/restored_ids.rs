//! The order in which a rollback creates compute instances again, so that they get the ids of before.

use std::collections::BTreeMap;

use super::operation::{Operation, Performed};
use super::undo::Undo;
use crate::id::{ComputeInstanceId, ComputeInstanceProfileId, GpuInstanceId};
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
        if !missing.is_empty() {
            self.note_created(id);
        }
        let live = self.gpu.live(id).zip(before);
        let steps = live.and_then(|(live, before)| steps(&self.gpu.device, live, before, missing));
        let Some(steps) = steps else {
            missing
                .iter()
                .for_each(|missing| self.create_inside(id, missing));
            return;
        };
        let mut temporary = Temporary::default();
        for step in steps {
            self.restore_inside(id, step, missing, &mut temporary);
        }
        // What the driver refused to destroy only served ids: the others come first, and what needs its room waits for it.
        for step in core::mem::take(&mut temporary.late) {
            temporary.is_last = true;
            self.restore_inside(id, step, missing, &mut temporary);
        }
    }

    fn restore_inside(
        &mut self,
        gpu_instance: GpuInstanceId,
        step: Step,
        missing: &[PlacedComputeInstance],
        temporary: &mut Temporary,
    ) {
        match step {
            Step::CreateComputeInstance {
                profile, placement, ..
            } => {
                let mut missing = missing.iter();
                if !temporary.is_there_or_in_the_way(step, profile, placement)
                    && let Some(missing) = missing.find(|missing| missing.placement == placement)
                {
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
                    temporary.ids.insert(placement, id);
                }
            }
            Step::DestroyTemporaryComputeInstance { placement, .. } => {
                self.destroy_temporary(gpu_instance, step, placement, temporary);
            }
            _ => {}
        }
    }

    fn destroy_temporary(
        &mut self,
        gpu_instance: GpuInstanceId,
        step: Step,
        placement: ComputeInstancePlacement,
        temporary: &mut Temporary,
    ) {
        let Some(&compute_instance) = temporary.ids.get(&placement) else {
            return;
        };
        let action = format!(
            "destroy temporary compute instance at {placement} in GPU instance {gpu_instance}"
        );
        let operation = Operation::DestroyComputeInstance {
            gpu_instance,
            compute_instance,
        };
        if temporary.is_last {
            self.act(action, operation);
        } else if self.attempt_step(action, operation).is_ok() {
            temporary.ids.remove(&placement);
        } else {
            temporary.late.push(step);
        }
    }
}

/// The temporary compute instances while those of before are created again in one GPU instance.
#[derive(Debug, Default)]
struct Temporary {
    /// Those that stand.
    ids: BTreeMap<ComputeInstancePlacement, ComputeInstanceId>,
    /// The steps that come late: those that were refused, and those that wait for one of them.
    late: Vec<Step>,
    /// Whether these are done now, and nothing comes later.
    is_last: bool,
}

impl Temporary {
    /// Whether a compute instance is not to be created now: the temporary one that is left is the same but for its id, or has its
    /// slices.
    fn is_there_or_in_the_way(
        &mut self,
        step: Step,
        profile: ComputeInstanceProfileId,
        placement: ComputeInstancePlacement,
    ) -> bool {
        let left = self.late.iter().filter_map(|late| match late {
            Step::DestroyTemporaryComputeInstance {
                profile, placement, ..
            } => Some((*profile, *placement)),
            _ => None,
        });
        let left: Vec<_> = left.filter(|(_, at)| self.ids.contains_key(at)).collect();
        if left.contains(&(profile, placement)) {
            return self.ids.remove(&placement).is_some();
        }
        let is_in_the_way = left.iter().any(|(_, at)| at.overlaps(placement));
        if is_in_the_way {
            self.late.push(step);
        }
        is_in_the_way
    }
}
