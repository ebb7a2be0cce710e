//! Where a GPU instance of a plan may be created, if the driver chooses its place.

use super::action::Action;
use super::change::Change;
use crate::id::GpuInstanceProfileId;
use crate::placement::GpuInstancePlacement;
use crate::plan::{PlacedGpuInstance, Plan, Step};

impl Change<'_> {
    /// The places of the GPU instance that is created, the planned one first: it may also be where others of the plan are that are
    /// like it, and beside all of the plan if the layout does not say where. Empty if the action creates none.
    pub(super) fn possible_places(&self, action: Action) -> Vec<GpuInstancePlacement> {
        let Action::Do(Step::CreateGpuInstance {
            planned, profile, ..
        }) = action
        else {
            return Vec::new();
        };
        let Some((plan, created)) = self.instances.as_ref().and_then(|plan| {
            let created = plan.gpu_instances.get(planned)?;
            Some((plan, created))
        }) else {
            return Vec::new();
        };
        let own = created.placement;
        let required = self.required_places(plan, created);
        if !required.is_empty() {
            let (own, others): (Vec<_>, Vec<_>) = required.into_iter().partition(|at| *at == own);
            return [own, others].concat();
        }
        let alike = plan.gpu_instances.iter();
        let alike = alike.filter(|other| other.is_alike(created));
        let alike = alike.map(|other| other.placement);
        let beside = self.places_beside(plan, planned, profile);
        std::iter::once(own).chain(alike).chain(beside).collect()
    }

    /// The starts in the layout that instances like this one still have to take, if as many are left to create.
    fn required_places(
        &self,
        plan: &Plan,
        created: &PlacedGpuInstance,
    ) -> Vec<GpuInstancePlacement> {
        let planned = plan.gpu_instances.iter().enumerate();
        let alike = planned.filter(|(_, other)| other.is_alike(created));
        let (mut required, mut left, mut taken) = (Vec::new(), 0, Vec::new());
        for (at, other) in alike {
            let size = other.placement.size;
            required.extend(
                self.start(at)
                    .map(|start| GpuInstancePlacement { start, size }),
            );
            if self.created.contains_key(&at) || plan.kept_id(at).is_some() {
                taken.push(other.placement);
            } else {
                left += 1;
            }
        }
        required.retain(|place| !taken.contains(place));
        if required.len() < left {
            required.clear();
        }
        required
    }

    /// The places where it overlaps no other one of the plan, if the layout does not say where it starts.
    fn places_beside(
        &self,
        plan: &Plan,
        planned: usize,
        profile: GpuInstanceProfileId,
    ) -> Vec<GpuInstancePlacement> {
        let is_free = self.start(planned).is_none() && self.gpu.device.chooses_gpu_placements();
        let model = self.plan.model().or(self.settled_with.as_ref());
        let model = model.filter(|_| is_free);
        let own = model.and_then(|model| model.profile_by_id(profile).ok());
        let anywhere = own.into_iter().flat_map(|own| own.placements.iter());
        let others = plan.gpu_instances.iter().enumerate();
        let others = others.filter(|(at, _)| *at != planned);
        let is_beside = |at: &&GpuInstancePlacement| {
            let mut others = others.clone();
            others.all(|(_, other)| !other.placement.overlaps(**at))
        };
        anywhere.filter(is_beside).copied().collect()
    }

    /// Where the layout says that the GPU instance with this index starts.
    fn start(&self, planned: usize) -> Option<u32> {
        self.plan.layout.gpu_instances().get(planned)?.start()
    }

    /// The first of these places that is free; this one if none is.
    pub(super) fn free_place(&self, placement: GpuInstancePlacement) -> GpuInstancePlacement {
        let mut places = self.gpu.possible_places.iter().copied();
        let free = places.find(|place| !self.gpu.is_taken(*place));
        free.unwrap_or(placement)
    }
}
