//! How much still fits beside what is there.

use super::slices::{Place, Slices};
use crate::plan::gpu_model::{Engines, GpuInstanceProfileModel, GpuModel};

/// How much still fits. More is better, the sum first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Room {
    /// For each profile how many instances of it alone still fit, added up over all profiles.
    pub(crate) instances: u32,
    /// The slices of the largest profile of which one still fits.
    pub(crate) largest: u32,
}

/// The places of one profile, and how many instances of it there can be, whatever the places.
#[derive(Debug, Clone)]
pub(crate) struct Kind {
    /// In the order of their ends.
    places: Vec<Slices>,
    size: u32,
    limit: u32,
}

impl Kind {
    pub(crate) fn new(places: impl Iterator<Item = Place>, limit: u32) -> Self {
        let mut places: Vec<Place> = places.collect();
        places.sort_by_key(|place| place.start.saturating_add(place.size));
        Self {
            size: places.first().map_or(0, |place| place.size),
            places: places.into_iter().map(Place::slices).collect(),
            limit,
        }
    }

    /// How many fit beside what is occupied. Taking the first place that ends is exact for spans on a line.
    pub(crate) fn capacity(&self, occupied: Slices) -> u32 {
        let (mut taken, mut count) = (occupied, 0);
        for place in &self.places {
            if count < self.limit && taken & place == 0 {
                taken |= place;
                count += 1;
            }
        }
        count
    }
}

/// The room that these kinds have beside what is occupied.
pub(crate) fn room(kinds: &[Kind], occupied: Slices) -> Room {
    let mut room = Room::default();
    for kind in kinds {
        let capacity = kind.capacity(occupied);
        room.instances += capacity;
        if capacity > 0 {
            room.largest = room.largest.max(kind.size);
        }
    }
    room
}

/// The GPU instance profiles of a GPU on which `instances` stand already, which use `engines`.
pub(crate) fn gpu_kinds(model: &GpuModel, instances: usize, engines: Engines) -> Vec<Kind> {
    let most = u32::try_from(model.max_gpu_instances.saturating_sub(instances)).unwrap_or(u32::MAX);
    let left = model.engines().minus(engines);
    let kind = |profile: &GpuInstanceProfileModel| {
        let places = profile.placements.iter().copied().map(Place::from);
        Kind::new(places, most.min(left.times(profile.engines)))
    };
    model.profiles.iter().map(kind).collect()
}

/// The compute instance profiles of a GPU instance in which `instances` stand already.
pub(crate) fn compute_kinds(
    model: &GpuModel,
    gpu_instance: &GpuInstanceProfileModel,
    instances: usize,
) -> Vec<Kind> {
    let most = model.max_compute_instances.saturating_sub(instances);
    let most = u32::try_from(most).unwrap_or(u32::MAX);
    let profiles = gpu_instance.compute_instance_profiles.iter();
    profiles
        .map(|profile| Kind::new(profile.placements.iter().copied().map(Place::from), most))
        .collect()
}
