//! Places that can be cleared for an instance.

use core::cmp::Reverse;

use super::change::{Change, Placed};
use super::instance_kind::Site;
use super::one_by_one::OneByOne;
use super::outcome::{Cost, Outcome};
use super::placing::Placing;
use super::room::Room;
use super::state::{Occupant, SearchedGpu, Usage};
use crate::plan::gpu_model::GpuModel;
use crate::plan::planner::Place;

/// A place where an instance can be if others are displaced, which then need places themselves.
#[derive(Debug)]
pub(super) struct Clearing {
    pub(super) gpu: usize,
    pub(super) change: Change,
    /// The kinds of the displaced instances, the largest first.
    pub(super) displaced: Vec<usize>,
    /// Their memory slices.
    slices: u32,
}

/// Returns the places that can be cleared for one of this kind, those with the fewest slices to be cleared first.
pub(super) fn clearings(placing: &Placing<'_>, placed: &OneByOne, kind: usize) -> Vec<Clearing> {
    let Some(own) = placing.kinds.get(kind) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let gpus = placed.gpus.iter().enumerate();
    for (index, gpu) in gpus.filter(|(_, gpu)| !gpu.is_closed && own.may_be_on(&gpu.state)) {
        let number = gpu.state.model;
        let site = own.sites.get(number).and_then(Option::as_ref);
        let released = gpu.released();
        let gpu = &released;
        let Some((model, site)) = placing.models.get(number).zip(site) else {
            continue;
        };
        let places = site.places.iter();
        let cleared = places.filter_map(|&place| {
            Clearing::new(model, (index, gpu), (kind, site), place).filter(|clearing| {
                let same = clearing.is_for_same_profile(gpu, site, place);
                !same || own.is_restricted(number, model)
            })
        });
        found.extend(cleared);
    }
    found.retain(|clearing| clearing.cost().moves <= placed.moves);
    found.sort_by_key(|clearing| (clearing.slices, clearing.cost(), clearing.gpu));
    found
}

impl Clearing {
    /// Clears a place; `None` if what is there may not move, or if the GPU lacks engines then.
    fn new(
        model: &GpuModel,
        (gpu, searched): (usize, &SearchedGpu),
        (kind, site): (usize, &Site),
        place: Place,
    ) -> Option<Self> {
        let slices = place.slices();
        let occupants = searched.state.occupants.iter().enumerate();
        let (gone, kept): (Vec<_>, Vec<_>) =
            occupants.partition(|(_, occupant)| occupant.slices & slices != 0);
        let usage = Usage::of(model, kept.into_iter().map(|(_, occupant)| occupant));
        let mut displaced = Vec::with_capacity(gone.len());
        for (_, occupant) in &gone {
            displaced.push((Reverse(occupant.slices.count_ones()), occupant.kind?));
        }
        displaced.sort_unstable();
        let cost = gone.iter().map(|(_, occupant)| occupant.cost);
        let cost = cost.fold(Cost::default(), |sum, cost| sum + cost);
        let change = Change {
            outcome: Outcome::new(cost, Room::default(), Room::default()),
            removed: gone.iter().map(|(index, _)| *index).collect(),
            placed: vec![Placed {
                kind,
                profile: site.profile,
                place,
            }],
        };
        usage
            .plus(site.engines, slices)
            .is_within(model)
            .then(|| Self {
                gpu,
                change,
                slices: displaced.iter().map(|(size, _)| size.0).sum(),
                displaced: displaced.into_iter().map(|(_, kind)| kind).collect(),
            })
    }

    fn cost(&self) -> Cost {
        self.change.outcome.cost
    }

    /// Whether it displaces an instance of the same profile in the same place.
    fn is_for_same_profile(&self, gpu: &SearchedGpu, site: &Site, place: Place) -> bool {
        let is_same = |occupant: &Occupant| {
            (occupant.profile, occupant.slices) == (site.profile, place.slices())
        };
        let mut gone = self.change.removed.iter();
        gone.any(|&index| gpu.state.occupants.get(index).is_some_and(is_same))
    }
}
