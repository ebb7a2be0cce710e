//! The room of a pool if all its instances were placed anew.

use core::cmp::Reverse;
use std::collections::BTreeMap;

use super::outcome::{Cost, Outcome};
use super::room_table::RoomTable;
use super::state::{SearchedGpu, Usage};
use crate::plan::gpu_model::GpuModel;
use crate::plan::planner::Place;

/// GPUs of one model that are alike.
#[derive(Debug, Clone, Copy)]
struct Group {
    model: usize,
    usage: Usage,
    count: u32,
}

/// Returns the room of all GPUs if their instances are placed one after another, the largest first, each where it leaves
/// the most room; `None` if they do not all find a place in this way.
pub(super) fn consolidated_room(models: &[GpuModel], gpus: &[SearchedGpu]) -> Option<u32> {
    let mut groups: Vec<Group> = Vec::new();
    let mut instances: BTreeMap<(usize, usize), u32> = BTreeMap::new();
    for gpu in gpus.iter().filter(|gpu| !gpu.is_closed) {
        let number = gpu.state.model;
        for occupant in &gpu.state.occupants {
            *instances.entry((number, occupant.profile)).or_default() += 1;
        }
        add(&mut groups, number, Usage::default());
    }
    let mut instances: Vec<((usize, usize), u32)> = instances.into_iter().collect();
    instances.sort_by_key(|((model, profile), _)| {
        let profile = models
            .get(*model)
            .and_then(|model| model.profiles.get(*profile));
        Reverse(profile.map(|profile| (profile.memory_slices(), profile.slice_count)))
    });
    let mut table = RoomTable::default();
    for ((number, profile), count) in instances {
        for _ in 0..count {
            place(
                models.get(number)?,
                (number, profile),
                &mut groups,
                &mut table,
            )?;
        }
    }
    let rooms = groups.iter().map(|group| {
        let model = models.get(group.model)?;
        let room = table.room(group.model, model, group.usage);
        Some(room.slices.saturating_mul(group.count))
    });
    rooms.sum()
}

fn add(groups: &mut Vec<Group>, model: usize, usage: Usage) {
    let mut same = groups.iter_mut();
    match same.find(|group| (group.model, group.usage) == (model, usage)) {
        Some(group) => group.count = group.count.saturating_add(1),
        None => groups.push(Group {
            model,
            usage,
            count: 1,
        }),
    }
}

/// Places one instance where it takes the least room.
fn place(
    model: &GpuModel,
    (number, profile): (usize, usize),
    groups: &mut Vec<Group>,
    table: &mut RoomTable,
) -> Option<()> {
    let profile = model.profiles.get(profile)?;
    let mut best: Option<(Outcome, usize, Usage)> = None;
    for (index, group) in groups.iter().enumerate() {
        if group.model != number || group.count == 0 {
            continue;
        }
        let before = table.room(number, model, group.usage);
        for &placement in &profile.placements {
            let slices = Place::from(placement).slices();
            let usage = group.usage.plus(profile.engines, slices);
            if group.usage.slices & slices != 0 || !usage.is_within(model) {
                continue;
            }
            let after = table.room(number, model, usage);
            let outcome = Outcome::new(Cost::default(), before, after);
            if best.is_none_or(|(known, ..)| outcome < known) {
                best = Some((outcome, index, usage));
            }
        }
    }
    let (_, index, usage) = best?;
    let group = groups.get_mut(index)?;
    group.count = group.count.saturating_sub(1);
    add(groups, number, usage);
    Some(())
}
