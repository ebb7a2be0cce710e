//! Converts the result of a search to a plan for the pool.

use super::error::PoolError;
use super::exchange::{Entries, Exchange, Exchanged};
use super::placing::{ChangedGpus, Placing};
use super::pool_gpu::PoolGpu;
use super::pool_plan::{PlannedGpu, PoolPlan};
use super::room_table::RoomTable;
use super::settlement::settle;
use super::state::{Origin, SearchedGpu, Usage};
use crate::plan::gpu_model::GpuModel;
use crate::plan::layout::Layout;
use crate::plan::planner::{PlanOptions, PresentGpuInstance, layout_of};

/// Returns the plan that ends with these GPUs.
pub(super) fn assemble(
    placing: &Placing<'_>,
    before: &[PoolGpu],
    after: &ChangedGpus,
    options: PlanOptions,
    is_exact: bool,
) -> Result<PoolPlan, PoolError> {
    let mut after = after.clone();
    settle(placing, &mut after);
    let exchange = Exchange::of(placing, &after);
    let Exchanged {
        assigned,
        moved,
        entries,
    } = exchange.resolve(placing, before);
    let mut gpus = Vec::new();
    for (&index, after) in &after {
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
