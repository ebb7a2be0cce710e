//! Converts the result of a search to a plan for the pool.

use std::collections::BTreeMap;

use super::error::PoolError;
use super::instance_kind::entry_of;
use super::placing::{ChangedGpus, Placing};
use super::pool_gpu::PoolGpu;
use super::pool_plan::{AssignedInstance, MovedInstance, PlannedGpu, PoolPlan};
use super::room_table::RoomTable;
use super::state::{Origin, SearchedGpu, Usage};
use crate::plan::gpu_model::GpuModel;
use crate::plan::layout::{Layout, LayoutGpuInstance};
use crate::plan::planner::{Place, PlanOptions, PresentGpuInstance, layout_of};

/// The instances of each kind that the search has placed or removed, with the indices of their GPUs.
#[derive(Debug, Default)]
struct Exchange {
    placed: BTreeMap<usize, Vec<(usize, Place)>>,
    /// With the indices of the existing instances.
    removed: BTreeMap<usize, Vec<(usize, usize)>>,
}

/// The entries of the layouts for the instances that are placed, by GPU and start.
type Entries = BTreeMap<(usize, u32), LayoutGpuInstance>;

/// Returns the plan that ends with these GPUs.
pub(super) fn assemble(
    placing: &Placing<'_>,
    before: &[PoolGpu],
    after: &ChangedGpus,
    options: PlanOptions,
    is_exact: bool,
) -> Result<PoolPlan, PoolError> {
    let mut exchange = Exchange::default();
    for (&index, after) in after {
        exchange.note(placing, index, after);
    }
    let mut entries = Entries::new();
    let assigned = exchange.assigned(placing, &mut entries);
    let moved = exchange.moved(placing, before, &mut entries);
    let mut gpus = Vec::new();
    for (&index, after) in after {
        if let Some(before) = before.get(index) {
            gpus.extend(planned(
                placing,
                (index, before),
                (after, &entries),
                options,
            )?);
        }
    }
    let gpus_then = placing.gpus.iter().enumerate();
    let all = gpus_then.map(|(index, before)| after.get(&index).unwrap_or(before));
    Ok(PoolPlan {
        assigned,
        moved,
        gpus,
        room: room(placing.models, all),
        is_exact,
    })
}

/// Returns the room of all GPUs. One that stays as it is has none.
pub(super) fn room<'a>(models: &[GpuModel], gpus: impl Iterator<Item = &'a SearchedGpu>) -> u32 {
    let mut table = RoomTable::default();
    let rooms = gpus.filter(|gpu| !gpu.is_closed).map(|gpu| {
        let number = gpu.state.model;
        models.get(number).map_or(0, |model| {
            let usage = Usage::of(model, gpu.state.occupants.iter());
            table.room(number, model, usage).slices
        })
    });
    rooms.fold(0, u32::saturating_add)
}

/// Returns the plan of a GPU that changes.
fn planned(
    placing: &Placing<'_>,
    (index, gpu): (usize, &PoolGpu),
    (after, entries): (&SearchedGpu, &Entries),
    options: PlanOptions,
) -> Result<Option<PlannedGpu>, PoolError> {
    let is_kept = |number: usize| after.origins.contains(&Origin::Existing(number));
    let kept = gpu.present.iter().enumerate();
    let kept = kept.filter(|(number, _)| is_kept(*number));
    let kept: Vec<PresentGpuInstance> = kept.map(|(_, instance)| instance.clone()).collect();
    let Some(model) = placing.models.get(gpu.model) else {
        return Ok(None);
    };
    let mut layout: Layout = layout_of(model, &kept, true);
    layout.extend(after.origins.iter().filter_map(|origin| match *origin {
        Origin::Existing(_) => None,
        Origin::Placed(_, place) => {
            let entry = entries.get(&(index, place.start))?;
            Some(entry.clone().with_start(place.start))
        }
    }));
    match model.plan(&gpu.present, &layout, options) {
        Ok(plan) => Ok(Some(PlannedGpu {
            gpu: index,
            layout,
            plan,
        })),
        Err(error) => Err(PoolError::Gpu {
            gpu: index,
            source: Box::new(error),
        }),
    }
}

impl Exchange {
    /// Notes what changes on a GPU.
    fn note(&mut self, placing: &Placing<'_>, gpu: usize, after: &SearchedGpu) {
        for origin in &after.origins {
            if let Origin::Placed(kind, place) = *origin {
                self.placed.entry(kind).or_default().push((gpu, place));
            }
        }
        let Some(before) = placing.gpus.get(gpu) else {
            return;
        };
        for (occupant, origin) in before.state.occupants.iter().zip(&before.origins) {
            if let (Some(kind), Origin::Existing(index)) = (occupant.kind, *origin)
                && !after.origins.contains(origin)
            {
                self.removed.entry(kind).or_default().push((gpu, index));
            }
        }
    }

    /// Assigns the placed instances to the requests of the same kind, in order.
    fn assigned(&self, placing: &Placing<'_>, entries: &mut Entries) -> Vec<AssignedInstance> {
        let mut next: BTreeMap<usize, usize> = BTreeMap::new();
        let requests = placing.kind_of.iter().zip(placing.requests);
        let assigned = requests.filter_map(|(kind, request)| {
            let next = next.entry(*kind).or_default();
            let &(gpu, place) = self.placed.get(kind)?.get(*next)?;
            *next += 1;
            entries.insert((gpu, place.start), request.instance().clone());
            instance(placing, *kind, gpu, place)
        });
        assigned.collect()
    }

    /// Pairs each removed instance with a placed one of the same kind, on the same GPU if possible.
    fn moved(
        &self,
        placing: &Placing<'_>,
        before: &[PoolGpu],
        entries: &mut Entries,
    ) -> Vec<MovedInstance> {
        let mut moved = Vec::new();
        for (kind, removed) in &self.removed {
            let mut targets = self.placed.get(kind).cloned().unwrap_or_default();
            let stays = |gpu: usize| targets.iter().any(|(target, _)| *target == gpu);
            let (near, far): (Vec<_>, Vec<_>) = removed.iter().partition(|(gpu, _)| stays(*gpu));
            for &(from, index) in near.into_iter().chain(far) {
                let same = targets.iter().position(|(target, _)| *target == from);
                let Some((gpu, place)) = take(&mut targets, same) else {
                    continue;
                };
                let existing = before.get(from).and_then(|gpu| gpu.present.get(index));
                let model = before
                    .get(from)
                    .and_then(|gpu| placing.models.get(gpu.model));
                let entry = model.zip(existing);
                let entry = entry.and_then(|(model, existing)| entry_of(model, existing));
                entries.extend(entry.map(|entry| ((gpu, place.start), entry)));
                let to = instance(placing, *kind, gpu, place);
                moved.extend(existing.zip(to).map(|(existing, to)| MovedInstance {
                    from,
                    id: existing.id,
                    to,
                }));
            }
        }
        moved.sort_by_key(|moved| (moved.from, moved.id));
        moved
    }
}

fn take<T>(from: &mut Vec<T>, index: Option<usize>) -> Option<T> {
    match index {
        Some(index) => Some(from.remove(index)),
        None => from.pop(),
    }
}

fn instance(
    placing: &Placing<'_>,
    kind: usize,
    gpu: usize,
    place: Place,
) -> Option<AssignedInstance> {
    let number = placing.gpus.get(gpu)?.state.model;
    let site = placing.kinds.get(kind)?.sites.get(number)?.as_ref()?;
    let profile = placing.models.get(number)?.profiles.get(site.profile)?;
    Some(AssignedInstance {
        gpu,
        profile: profile.id,
        name: profile.name.clone(),
        placement: place.into(),
    })
}
