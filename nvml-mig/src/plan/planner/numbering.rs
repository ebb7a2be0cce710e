//! The order of creation that gives compute instances their ids.

use std::collections::BTreeSet;

use super::{PresentComputeInstance, Step};
use crate::id::{ComputeInstanceId, ComputeInstanceProfileId};
use crate::placement::ComputeInstancePlacement;
use crate::plan::gpu_model::{GpuInstanceProfileModel, most_instances};
use crate::plan::placed_instance::PlacedComputeInstance;

/// The compute instances that a plan creates in one GPU instance. The driver gives each the lowest free id. A temporary one keeps
/// an id that must stay free, or that is needed later.
#[derive(Debug)]
pub(super) struct Numbering<'a> {
    /// Index of the GPU instance in the plan.
    pub(super) planned: usize,
    pub(super) gpu_instance: &'a GpuInstanceProfileModel,
    /// The existing compute instances that stay.
    pub(super) kept: Vec<&'a PresentComputeInstance>,
    /// The new ones, with the ids that they should get.
    pub(super) new: Vec<(Option<ComputeInstanceId>, &'a PlacedComputeInstance)>,
}

/// A temporary compute instance, with its id.
#[derive(Debug, Clone, Copy)]
struct Temporary {
    id: u32,
    profile: ComputeInstanceProfileId,
    placement: ComputeInstancePlacement,
}

impl Numbering<'_> {
    /// Returns the steps in an order that gives all their ids. If there is none, the ids are left to the driver.
    pub(super) fn steps(&self) -> Vec<Step> {
        let as_listed = || self.new.iter().map(|(_, new)| self.create(new)).collect();
        self.numbered().unwrap_or_else(as_listed)
    }

    fn numbered(&self) -> Option<Vec<Step>> {
        let ids = self
            .new
            .iter()
            .map(|(id, _)| id.map(ComputeInstanceId::number));
        let ids: Vec<u32> = ids.collect::<Option<_>>()?;
        let last = *ids.iter().max()?;
        let is_kept = |id: &u32| self.kept.iter().any(|kept| kept.id.number() == *id);
        let are_distinct = ids.iter().collect::<BTreeSet<_>>().len() == ids.len();
        if !are_distinct
            || ids.iter().any(is_kept)
            || usize::try_from(last).ok()? >= most_instances()
        {
            return None;
        }
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
    fn slices(&self) -> impl Iterator<Item = (ComputeInstanceProfileId, ComputeInstancePlacement)> {
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
            instead.map_or_else(|| new(id), |instead| Some(self.create_temporary(*instead)))
        });
        let descending = temporary
            .iter()
            .rev()
            .flat_map(|temporary| [Some(self.destroy_temporary(*temporary)), new(temporary.id)]);
        ascending.chain(descending.flatten()).collect()
    }

    const fn create(&self, new: &PlacedComputeInstance) -> Step {
        Step::CreateComputeInstance {
            planned: self.planned,
            profile: new.profile,
            placement: new.placement,
        }
    }

    const fn create_temporary(&self, temporary: Temporary) -> Step {
        Step::CreateTemporaryComputeInstance {
            planned: self.planned,
            profile: temporary.profile,
            placement: temporary.placement,
        }
    }

    const fn destroy_temporary(&self, temporary: Temporary) -> Step {
        Step::DestroyTemporaryComputeInstance {
            planned: self.planned,
            profile: temporary.profile,
            placement: temporary.placement,
        }
    }
}
