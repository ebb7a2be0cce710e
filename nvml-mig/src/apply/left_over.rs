//! The temporary instances that a change has left, since the driver refused to destroy them or the process was killed.

use super::difference::Difference;
use super::entry::Entry;
use super::late::Ids;
use super::operation::Operation;
use crate::inventory::LiveGpuInstance;
use crate::plan::{PlacedComputeInstance, PlacedGpuInstance, PresentGpuInstance};
use crate::query::{ComputeInstance, MigModes};

/// A temporary instance that stands.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LeftOver {
    pub(super) instance: Difference,
    pub(super) operation: Operation,
}

impl LeftOver {
    /// The step that destroys it.
    pub(super) fn action(&self) -> String {
        format!("destroy temporary {}", self.instance)
    }

    /// Whether it is a compute instance.
    pub(super) const fn is_inside(&self) -> bool {
        matches!(self.instance, Difference::ComputeInstance { .. })
    }

    /// Whether it still stands, by its ids, profile and place. A GPU instance in which others created something is theirs.
    pub(super) fn stands_in(&self, live: &[LiveGpuInstance]) -> bool {
        live.iter().any(|live| match &self.instance {
            Difference::GpuInstance(left) => {
                let operation = Operation::DestroyGpuInstance(live.gpu_instance.id());
                operation == self.operation && live.placed().is_same(left)
            }
            Difference::ComputeInstance {
                gpu_instance,
                compute_instance,
            } => {
                live.gpu_instance.placement() == *gpu_instance
                    && self.is_inside_of(live, compute_instance)
            }
        })
    }

    fn is_inside_of(&self, live: &LiveGpuInstance, left: &PlacedComputeInstance) -> bool {
        let placed = live.placed().compute_instances;
        let mut inside = live.compute_instances.iter().zip(placed);
        inside.any(|(inside, placed)| {
            let operation = Operation::DestroyComputeInstance {
                gpu_instance: live.gpu_instance.id(),
                compute_instance: inside.id(),
            };
            operation == self.operation && placed.is_same(left)
        })
    }

    /// Its ids: of the GPU instance, and of the compute instance if that is the temporary one.
    pub(super) const fn ids(&self) -> Option<Ids> {
        self.operation.destroyed()
    }

    fn gpu_instance(live: &LiveGpuInstance) -> Self {
        Self {
            instance: Difference::GpuInstance(live.placed()),
            operation: Operation::DestroyGpuInstance(live.gpu_instance.id()),
        }
    }

    fn compute_instance(
        live: &LiveGpuInstance,
        inside: &ComputeInstance,
        placed: PlacedComputeInstance,
    ) -> Self {
        Self {
            instance: Difference::ComputeInstance {
                gpu_instance: live.gpu_instance.placement(),
                compute_instance: placed,
            },
            operation: Operation::DestroyComputeInstance {
                gpu_instance: live.gpu_instance.id(),
                compute_instance: inside.id(),
            },
        }
    }
}

impl Entry {
    /// What is left to destroy, if the change is complete but for temporary instances.
    pub(super) fn left_of_complete(
        &self,
        modes: MigModes,
        live: &[LiveGpuInstance],
    ) -> Option<Vec<LeftOver>> {
        let left = self.left_beside_planned(live);
        left.filter(|_| self.has_its_mode(modes))
    }

    /// The temporary instances, if all others are as planned. The change may still be taken back, since it is not complete on another GPU.
    pub(super) fn left_beside_planned(&self, live: &[LiveGpuInstance]) -> Option<Vec<LeftOver>> {
        let mut left = Vec::new();
        let mut found = Vec::new();
        for live in live {
            if self.is_temporary(live) {
                left.push(LeftOver::gpu_instance(live));
                continue;
            }
            let (of_planned, temporary) = self.inside(live);
            left.extend(temporary);
            found.push((live, live.placed().with_compute_instances(of_planned)));
        }
        self.are_planned(&found).then_some(left)
    }

    /// The temporary compute instances in new GPU instances in whose place others stood, so that these can't be created again beside
    /// them.
    pub(super) fn left_in_the_way(&self, live: &[LiveGpuInstance]) -> Vec<LeftOver> {
        let blocks = |live: &&LiveGpuInstance| {
            let place = live.gpu_instance.placement();
            let is_lost = |lost: &PresentGpuInstance| {
                self.destroyed(lost) && lost.placement().overlaps(place)
            };
            self.before_at(live).is_none() && self.created(live) && self.before.iter().any(is_lost)
        };
        let blocking = live.iter().filter(blocks);
        blocking.flat_map(|live| self.inside(live).1).collect()
    }

    /// Whether the change created this GPU instance only for the time in between.
    fn is_temporary(&self, live: &LiveGpuInstance) -> bool {
        live.compute_instances.is_empty()
            && self.created(live)
            && self.before_at(live).is_none()
            && self.planned_at(&live.placed()).is_none()
    }

    /// The compute instances of a GPU instance, and the temporary ones among them: those that the change created, but that it neither
    /// planned nor restores.
    fn inside(&self, live: &LiveGpuInstance) -> (Vec<PlacedComputeInstance>, Vec<LeftOver>) {
        let placed = live.placed();
        let planned = self.planned_at(&placed);
        let before = self.before_at(live).map(PresentGpuInstance::placed);
        let has = |of: Option<&PlacedGpuInstance>, inside: &PlacedComputeInstance| {
            of.is_some_and(|of| of.has(inside))
        };
        let (mut others, mut temporary) = (Vec::new(), Vec::new());
        for (inside, placed) in live.compute_instances.iter().zip(placed.compute_instances) {
            let is_temporary = planned.is_some()
                && self.created_inside(live.gpu_instance.id(), inside)
                && !has(planned, &placed)
                && !has(before.as_ref(), &placed);
            if is_temporary {
                temporary.push(LeftOver::compute_instance(live, inside, placed));
            } else {
                others.push(placed);
            }
        }
        (others, temporary)
    }

    fn planned_at(&self, live: &PlacedGpuInstance) -> Option<&PlacedGpuInstance> {
        let mut after = self.after.iter();
        after.find(|after| after.is_at_place_of(live))
    }
}
