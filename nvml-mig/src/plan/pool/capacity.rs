//! Whether the slices of a pool suffice, wherever its instances are.

use super::placing::Placing;
use super::state::SearchedGpu;
use crate::plan::gpu_model::{GpuInstanceProfileModel, GpuModel};

/// The size of a profile in one kind of slices.
type Size = fn(&GpuInstanceProfileModel) -> u32;

const SIZES: [Size; 2] = [GpuInstanceProfileModel::memory_slices, |profile| {
    profile.slice_count
}];

/// Returns whether there may be room for all requests. If not, there is none however instances move.
pub(super) fn may_suffice(placing: &Placing<'_>) -> bool {
    SIZES.iter().all(|&size| {
        let needed = placing
            .kinds
            .iter()
            .zip(&placing.demand)
            .map(|(kind, &demand)| {
                let sites = kind.sites.iter().zip(placing.models);
                let sizes = sites.filter_map(|(site, model)| {
                    model.profiles.get(site.as_ref()?.profile).map(size)
                });
                u64::from(sizes.min().unwrap_or(0)) * u64::try_from(demand).unwrap_or(0)
            });
        let open = placing.gpus.iter().filter(|gpu| !gpu.is_closed);
        let free = open.map(|gpu| free(placing, gpu, size));
        needed.sum::<u64>() <= free.sum()
    })
}

/// The free slices of a GPU that the requests may be on.
fn free(placing: &Placing<'_>, gpu: &SearchedGpu, size: Size) -> u64 {
    let number = gpu.state.model;
    let requested = placing.kinds.iter().filter(|kind| kind.is_requested);
    let is_wanted = requested
        .filter_map(|kind| kind.sites.get(number))
        .any(Option::is_some);
    let Some(model) = placing.models.get(number).filter(|_| is_wanted) else {
        return 0;
    };
    let used = gpu.state.occupants.iter();
    let used = used.filter_map(|occupant| model.profiles.get(occupant.profile));
    let used: u64 = used.map(|profile| u64::from(size(profile))).sum();
    most(model, size).saturating_sub(used)
}

/// The most slices that instances can have together on a GPU: for intervals, the best up to each end.
fn most(model: &GpuModel, size: Size) -> u64 {
    let mut best = vec![0];
    for end in 1..=model.memory_slices() {
        let before = |slice: u32| {
            let slice = usize::try_from(slice).unwrap_or(usize::MAX);
            best.get(slice).copied().unwrap_or(0)
        };
        let ending = model.profiles.iter().flat_map(|profile| {
            let places = profile.placements.iter();
            let places = places.filter(|place| place.start.saturating_add(place.size) == end);
            places.map(|place| before(place.start) + u64::from(size(profile)))
        });
        let most = ending.fold(before(end - 1), u64::max);
        best.push(most);
    }
    best.last().copied().unwrap_or(0)
}
