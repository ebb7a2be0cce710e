//! Finds the temporary instances that a change has left among the instances of a GPU.

use super::entry::Entry;
use super::left_over::LeftOver;
use crate::inventory::LiveGpuInstance;
use crate::plan::{PlacedComputeInstance, PlacedGpuInstance, PresentGpuInstance};
use crate::query::MigModes;

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
