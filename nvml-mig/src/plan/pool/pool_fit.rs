//! What still fits on a pool, and how fragmented it is.

use super::assembly::room;
use super::consolidation::consolidated_room;
use super::pool_gpu::PoolGpu;
use super::room_table::RoomTable;
use super::state::{SearchedGpu, Usage};
use crate::plan::gpu_model::GpuModel;
use crate::plan::planner::{Budget, Choice, Packing};
use crate::profile::ReportedName;

/// What still fits on the GPUs of a [`GpuPool`](crate::plan::GpuPool) in addition to their instances. A GPU whose model lacks
/// the profile of one of its instances has no room: it stays as it is in all plans.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct PoolFit {
    /// One entry per profile name, in the order of the GPUs and their models.
    pub profiles: Vec<PoolProfileFit>,
    /// The free room: the sum, over all profiles, of the memory slices of the instances that fit, as in
    /// [`PoolPlan::room`](crate::plan::PoolPlan::room).
    pub room: u32,
    /// The largest free room that was found if the same instances were placed anew, each on a GPU of the same model: those of
    /// each GPU on it, or all of them one after another, the largest first.
    pub best_room: u32,
}

/// How many more instances of one profile fit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct PoolProfileFit {
    /// Name of the profile. Profiles of different models with the same name are counted together.
    pub name: ReportedName,
    /// How many more instances of this profile alone fit on all GPUs.
    pub count: u32,
    /// The number of GPUs with room for at least one.
    pub gpus: u32,
}

impl PoolFit {
    /// Returns the share of the room that is lost to poor placements, from 0 (none) to 1 (all): at least this much, since
    /// [`best_room`](Self::best_room) is what was found.
    #[must_use]
    pub fn fragmentation(&self) -> f64 {
        if self.best_room == 0 {
            return 0.0;
        }
        1.0 - f64::from(self.room) / f64::from(self.best_room)
    }

    fn add(&mut self, name: &ReportedName, count: u32) {
        let gpus = u32::from(count > 0);
        let mut profiles = self.profiles.iter_mut();
        match profiles.find(|profile| profile.name == *name) {
            Some(profile) => {
                profile.count = profile.count.saturating_add(count);
                profile.gpus = profile.gpus.saturating_add(gpus);
            }
            None => self.profiles.push(PoolProfileFit {
                name: name.clone(),
                count,
                gpus,
            }),
        }
    }
}

pub(super) fn fit(models: &[GpuModel], gpus: &[PoolGpu]) -> PoolFit {
    let searched: Vec<SearchedGpu> = gpus
        .iter()
        .map(|gpu| SearchedGpu::fixed(gpu, models))
        .collect();
    let mut table = RoomTable::default();
    let now = room(models, searched.iter());
    let mut fit = PoolFit {
        profiles: Vec::new(),
        room: now,
        best_room: now,
    };
    let mut best_of_each: u32 = 0;
    for (gpu, searched) in gpus.iter().zip(&searched) {
        let Some(model) = models.get(gpu.model) else {
            continue;
        };
        let usage = Usage::of(model, searched.state.occupants.iter());
        let kinds = table.kinds(gpu.model, model, usage);
        for (profile, kind) in model.profiles.iter().zip(kinds) {
            let capacity = match searched.is_closed {
                true => 0,
                false => kind.capacity(usage.slices),
            };
            fit.add(&profile.name, capacity);
        }
        if !searched.is_closed {
            let best = best_room(model, searched, usage, &mut table);
            best_of_each = best_of_each.saturating_add(best);
        }
    }
    let consolidated = consolidated_room(models, &searched).unwrap_or(0);
    fit.best_room = now.max(best_of_each).max(consolidated);
    fit
}

/// The room of one GPU if its instances had the best places on it; 0 if the search for them takes too long.
fn best_room(model: &GpuModel, gpu: &SearchedGpu, usage: Usage, table: &mut RoomTable) -> u32 {
    let choices = gpu.state.occupants.iter().map(|occupant| {
        let profile = model.profiles.get(occupant.profile);
        let places = profile.map_or(&[][..], |profile| &profile.placements);
        places.iter().copied().map(Choice::new).collect()
    });
    let choices: Vec<Vec<Choice>> = choices.collect();
    let Ok(packing) = Packing::of(&choices, 0, &Budget::new()) else {
        return 0;
    };
    let rooms = packing.results().map(|(slices, _)| {
        let usage = Usage { slices, ..usage };
        table.room(gpu.state.model, model, usage).slices
    });
    rooms.max().unwrap_or(0)
}
