//! The order of creation that gives compute instances their ids.

use super::{PresentComputeInstance, Step};
use crate::id::{ComputeInstanceId, ComputeInstanceProfileId};
use crate::placement::ComputeInstancePlacement;
use crate::plan::gpu_model::{GpuInstanceProfileModel, most_instances};
use crate::plan::placed_instance::PlacedComputeInstance;

/// The compute instances that a plan creates in one GPU instance. The driver gives each the lowest free id. A temporary one keeps
/// an id that must stay free, or that is needed later.
#[derive(Debug, Clone)]
pub(crate) struct Numbering<'a> {
    /// Index of the GPU instance in the plan.
    pub(crate) planned: usize,
    pub(crate) gpu_instance: &'a GpuInstanceProfileModel,
    /// The existing compute instances that stay.
    pub(crate) kept: Vec<&'a PresentComputeInstance>,
    /// The new ones, with the ids that they should get.
    pub(crate) new: Vec<(Option<ComputeInstanceId>, &'a PlacedComputeInstance)>,
}

/// A temporary compute instance, with its id.
#[derive(Debug, Clone, Copy)]
struct Temporary {
    id: u32,
    profile: ComputeInstanceProfileId,
    placement: ComputeInstancePlacement,
}

impl Numbering<'_> {
    /// Returns the steps in an order that gives all ids that can be given. The others are left to the driver, and come last.
    pub(crate) fn steps(&self) -> Vec<Step> {
        let (new, rest): (Vec<_>, Vec<_>) = self.new.iter().partition(|new| self.can_get(new));
        // Most layouts give no ids.
        let numbered = (!new.is_empty()).then(|| Self {
            new,
            ..self.clone()
        });
        let numbered = numbered.and_then(|numbered| numbered.numbered());
        let (mut steps, rest) = numbered.map_or((Vec::new(), &self.new), |steps| (steps, &rest));
        steps.extend(rest.iter().map(|(_, new)| self.create(new)));
        steps
    }

    /// Whether its id is free, and wanted for no other one.
    fn can_get(&self, (wanted, _): &(Option<ComputeInstanceId>, &PlacedComputeInstance)) -> bool {
        let is_kept = |id| self.kept.iter().any(|kept| kept.id == id);
        let same = self.new.iter().filter(|(id, _)| id == wanted);
        wanted.is_some_and(|id| !is_kept(id)) && same.count() == 1
    }

    fn numbered(&self) -> Option<Vec<Step>> {
        let ids = self.new.iter().filter_map(|(id, _)| *id);
        let ids: Vec<u32> = ids.map(ComputeInstanceId::number).collect();
        let last = *ids.iter().max()?;
        if usize::try_from(last).ok()? >= most_instances() {
            return None;
        }
        let is_kept = |id: &u32| self.kept.iter().any(|kept| kept.id.number() == *id);
        let free: Vec<u32> = (0..last).filter(|id| !is_kept(id)).collect();
        let holes: Vec<u32> = free
            .iter()
            .copied()
            .filter(|id| !ids.contains(id))
            .collect();
        let temporary = self.temporary(&holes, &ids);
        // If the temporary ones have no room beside all that are lower, those come after the higher ones.
        let temporary = temporary.or_else(|| self.temporary(&free, &ids))?;
        Some(self.in_order(&temporary, &ids, last))
    }

    /// Places temporary compute instances with these ids, of one slice each: beside all that exist at the same time.
    fn temporary(&self, temporary: &[u32], ids: &[u32]) -> Option<Vec<Temporary>> {
        let mut placed: Vec<Temporary> = Vec::new();
        for &id in temporary {
            let (profile, placement) = self.slices().find(|(_, slice)| {
                let mut kept = self.kept.iter();
                let mut new = self.new.iter().zip(ids);
                let is_beside = |new: &u32| *new > id || !temporary.contains(new);
                !kept.any(|kept| kept.placement().overlaps(*slice))
                    && !placed.iter().any(|other| other.placement == *slice)
                    && !new.any(|((_, new), id)| is_beside(id) && new.placement.overlaps(*slice))
            })?;
            placed.push(Temporary {
                id,
                profile,
                placement,
            });
        }
        Some(placed)
    }

    /// The placements of one slice, the lowest first, as an old driver takes them.
    pub(super) fn slices(
        &self,
    ) -> impl Iterator<Item = (ComputeInstanceProfileId, ComputeInstancePlacement)> {
        let profiles = self.gpu_instance.compute_instance_profiles.iter();
        let mut slices: Vec<_> = profiles
            .flat_map(|profile| {
                let placements = profile.placements.iter();
                placements.map(|&placement| (profile.id, placement))
            })
            .filter(|(_, placement)| placement.size == 1)
            .collect();
        slices.sort_by_key(|(_, placement)| placement.start);
        slices.into_iter()
    }

    /// All ids are taken in ascending order. Then each temporary one is destroyed, the last first, so that its id is the lowest
    /// free one.
    fn in_order(&self, temporary: &[Temporary], ids: &[u32], last: u32) -> Vec<Step> {
        let new = |id: u32| {
            let at = ids.iter().position(|&new| new == id)?;
            self.new.get(at).map(|(_, new)| self.create(new))
        };
        let ascending = (0..=last).filter_map(|id| {
            let mut temporary = temporary.iter();
            let instead = temporary.find(|temporary| temporary.id == id);
            instead.map_or_else(
                || new(id),
                |instead| Some(self.create_temporary(instead.profile, instead.placement)),
            )
        });
        let descending = temporary.iter().rev().flat_map(|temporary| {
            [
                Some(self.destroy_temporary(temporary.profile, temporary.placement)),
                new(temporary.id),
            ]
        });
        ascending.chain(descending.flatten()).collect()
    }

    pub(super) const fn create(&self, new: &PlacedComputeInstance) -> Step {
        Step::CreateComputeInstance {
            planned: self.planned,
            profile: new.profile,
            placement: new.placement,
        }
    }

    pub(super) const fn create_temporary(
        &self,
        profile: ComputeInstanceProfileId,
        placement: ComputeInstancePlacement,
    ) -> Step {
        Step::CreateTemporaryComputeInstance {
            planned: self.planned,
            profile,
            placement,
        }
    }

    pub(super) const fn destroy_temporary(
        &self,
        profile: ComputeInstanceProfileId,
        placement: ComputeInstancePlacement,
    ) -> Step {
        Step::DestroyTemporaryComputeInstance {
            planned: self.planned,
            profile,
            placement,
        }
    }
}
