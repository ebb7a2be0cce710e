//! How many more instances fit beside the existing ones.

use super::slices::{Place, Slices};
use crate::plan::gpu_model::{
    ComputeInstanceProfileModel, Engines, GpuInstanceProfileModel, GpuModel,
};

/// The free room. More is better; the sum counts first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Room {
    /// Sum over all profiles of the number of instances of that profile alone that still fit.
    pub(crate) instances: u32,
    /// Size in slices of the largest profile that still fits.
    pub(crate) largest: u32,
}

/// The placements of one profile, and its maximum number of instances regardless of placement.
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
        places.sort_by_key(|place| place.end());
        Self {
            size: places.first().map_or(0, |place| place.size),
            places: places.into_iter().map(Place::slices).collect(),
            limit,
        }
    }

    /// Returns the size of an instance in slices.
    pub(crate) const fn size(&self) -> u32 {
        self.size
    }

    /// Returns how many instances fit outside the occupied slices. Choosing the earliest end first is optimal for
    /// intervals.
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

/// Returns the number of placements that [`room`] looks at.
pub(crate) fn places(kinds: &[Kind]) -> usize {
    kinds.iter().map(|kind| kind.places.len()).sum()
}

/// Returns the room for these kinds outside the occupied slices.
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

/// Returns the kinds of GPU instances on a GPU that already has `instances` of them, which use `engines`.
pub(crate) fn gpu_kinds(model: &GpuModel, instances: usize, engines: Engines) -> Vec<Kind> {
    let most = u32::try_from(model.max_gpu_instances.saturating_sub(instances)).unwrap_or(u32::MAX);
    let left = model.engines().minus(engines);
    let kind = |profile: &GpuInstanceProfileModel| {
        let places = profile.placements.iter().copied().map(Place::from);
        Kind::new(places, most.min(left.times(profile.engines)))
    };
    model.profiles.iter().map(kind).collect()
}

/// Returns the kinds of compute instances in a GPU instance that already has `instances` of them, which use `slices`.
pub(crate) fn compute_kinds(
    model: &GpuModel,
    gpu_instance: &GpuInstanceProfileModel,
    instances: usize,
    slices: u32,
) -> Vec<Kind> {
    let most = model.max_compute_instances.saturating_sub(instances);
    let most = u32::try_from(most).unwrap_or(u32::MAX);
    let left = gpu_instance.slice_count.saturating_sub(slices);
    let kind = |profile: &ComputeInstanceProfileModel| {
        let places = profile.placements.iter().copied().map(Place::from);
        Kind::new(places, most.min(left / profile.slice_count.max(1)))
    };
    gpu_instance
        .compute_instance_profiles
        .iter()
        .map(kind)
        .collect()
}
