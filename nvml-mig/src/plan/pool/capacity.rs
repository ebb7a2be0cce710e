//! Whether the slices and media engines of a pool suffice, wherever its instances are.

use super::placing::Placing;
use super::state::SearchedGpu;
use crate::plan::gpu_model::{Engine, GpuInstanceProfileModel, GpuModel};

/// The size of a profile in one kind of slices.
type Size = fn(&GpuInstanceProfileModel) -> u32;

const SIZES: [Size; 2] = [GpuInstanceProfileModel::memory_slices, |profile| {
    profile.slice_count
}];

const ENGINES: [Engine; 4] = [Engine::Decoder, Engine::Encoder, Engine::Jpeg, Engine::Ofa];

/// Returns whether there may be room for all requests. If not, there is none however instances move.
pub(super) fn may_suffice(placing: &Placing<'_>) -> bool {
    let slices = SIZES.iter().all(|&size| {
        let need = |profile: &GpuInstanceProfileModel| size(profile);
        suffices(placing, need, |model| most(model, size))
    });
    slices
        && ENGINES.iter().all(|&engine| {
            let need = |profile: &GpuInstanceProfileModel| profile.engines.count(engine);
            suffices(placing, need, |model| {
                u64::from(model.engines().count(engine))
            })
        })
}

/// Whether what the requests need at least is there, with what each profile needs and each model has.
fn suffices(
    placing: &Placing<'_>,
    need: impl Fn(&GpuInstanceProfileModel) -> u32,
    most: impl Fn(&GpuModel) -> u64,
) -> bool {
    let kinds = placing.kinds.iter().zip(&placing.demand);
    let needed = kinds.map(|(kind, &demand)| {
        let sites = kind.sites.iter().zip(placing.models);
        let needs =
            sites.filter_map(|(site, model)| model.profiles.get(site.as_ref()?.profile).map(&need));
        u64::from(needs.min().unwrap_or(0)) * u64::try_from(demand).unwrap_or(0)
    });
    let most: Vec<u64> = placing.models.iter().map(most).collect();
    let open = placing.gpus.iter().filter(|gpu| !gpu.is_closed);
    let free = open.map(|gpu| {
        let most = most.get(gpu.state.model).copied().unwrap_or(0);
        free(placing, gpu, &need, most)
    });
    needed.sum::<u64>() <= free.sum()
}

/// What a GPU that the requests may be on has left of this much.
fn free(
    placing: &Placing<'_>,
    gpu: &SearchedGpu,
    need: impl Fn(&GpuInstanceProfileModel) -> u32,
    most: u64,
) -> u64 {
    let number = gpu.state.model;
    let is_wanted = placing.is_wanted_on(number);
    let Some(model) = placing.models.get(number).filter(|_| is_wanted) else {
        return 0;
    };
    let used = gpu.state.occupants.iter();
    let used = used.filter_map(|occupant| model.profiles.get(occupant.profile));
    let used: u64 = used.map(|profile| u64::from(need(profile))).sum();
    most.saturating_sub(used)
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
