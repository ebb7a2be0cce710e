//! How long an exact search may take.

use std::collections::BTreeMap;

use super::placing::Placing;
use super::state::{SearchedGpu, State, Usage};

/// The most steps of an exact search. Each looks at one placement of an instance, or at one change of a GPU.
const STEPS: usize = 1 << 20;

/// The most GPUs that a machine has, for which the search may take longer.
const MACHINE: usize = 8;

/// The most steps of an exact search on that many GPUs.
const STEPS_OF_MACHINE: usize = 1 << 26;

/// Returns the most steps of an exact search.
pub(super) fn steps(placing: &Placing<'_>) -> usize {
    if count_that_matter(placing) <= MACHINE {
        STEPS_OF_MACHINE
    } else {
        STEPS
    }
}

/// The number of GPUs that a plan can change. Of those that are alike, no more count than one plan changes.
fn count_that_matter(placing: &Placing<'_>) -> usize {
    let mut alike: BTreeMap<&State, usize> = BTreeMap::new();
    for gpu in placing.gpus.iter().filter(|gpu| may_change(placing, gpu)) {
        *alike.entry(&gpu.state).or_default() += 1;
    }
    let wanted = placing.requests.len();
    let most = wanted.saturating_add(placing.most_moves.saturating_mul(2));
    alike.values().map(|&count| count.min(most)).sum()
}

/// Whether an instance of the GPU may move, or one to be placed has room there.
fn may_change(placing: &Placing<'_>, gpu: &SearchedGpu) -> bool {
    let state = &gpu.state;
    if gpu.is_closed {
        return false;
    }
    if state
        .occupants
        .iter()
        .any(|occupant| occupant.kind.is_some())
    {
        return true;
    }
    let Some(model) = placing.models.get(state.model) else {
        return false;
    };
    let usage = Usage::of(model, state.occupants.iter());
    let kinds = placing.kinds.iter().filter(|kind| kind.may_be_on(state));
    let mut sites = kinds.filter_map(|kind| kind.sites.get(state.model)?.as_ref());
    sites.any(|site| {
        let mut free = site.places.iter().map(|place| place.slices());
        free.any(|slices| {
            usage.slices & slices == 0 && usage.plus(site.engines, slices).is_within(model)
        })
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use nvml_mig_sim::{GpuSpec, Simulator};

    use super::count_that_matter;
    use crate::device::Nvml;
    use crate::id::GpuInstanceId;
    use crate::plan::pool::placing::Placing;
    use crate::plan::{
        GpuInstanceRequest, GpuModel, GpuPool, PlanOptions, PoolOptions, PresentGpuInstance,
    };

    fn model(board: &str) -> GpuModel {
        let simulator = Simulator::builder().gpu(GpuSpec::new(board));
        let simulator = simulator.start().unwrap();
        let nvml = Nvml::init_from(simulator.library_path()).unwrap();
        GpuModel::read(&nvml.device_by_index(0).unwrap()).unwrap()
    }

    /// What is there once an empty GPU has a layout without compute instances.
    fn there(model: &GpuModel, layout: &str, pinned: bool) -> Vec<PresentGpuInstance> {
        let plan = model.plan(&[], &layout.parse().unwrap(), PlanOptions::new());
        let all = (0..).zip(plan.unwrap().gpu_instances);
        let all = all.map(|(id, placed)| {
            let placed = placed.with_compute_instances(Vec::new());
            PresentGpuInstance::new(GpuInstanceId::new(id), placed).with_pinned(pinned)
        });
        all.collect()
    }

    #[test]
    fn only_gpus_that_a_plan_can_change_matter() {
        let (h100, a30) = (model("h100-sxm5-80gb"), model("a30"));
        let mut pool = GpuPool::new();
        for start in 0..7 {
            let one = there(&h100, &format!("1g.10gb:{start}()"), false);
            pool.add("may move", &h100, one).unwrap();
        }
        pool.add("empty", &h100, Vec::new()).unwrap();
        pool.add("other model", &a30, there(&a30, "1g.6gb()", false))
            .unwrap();
        let full = there(&h100, "7g.80gb()", true);
        pool.add("full and pinned", &h100, full).unwrap();
        let blocked = there(&h100, "1g.10gb:0(), 3g.40gb:4()", true);
        pool.add("no room", &h100, blocked).unwrap();
        let requests = GpuInstanceRequest::all(&"2*4g.40gb".parse().unwrap());
        let count = |options| {
            let placing = Placing::new(&pool.models, &pool.gpus, &requests, options);
            count_that_matter(&placing.unwrap())
        };
        // A 1g.10gb that moves has room beside those that are pinned.
        assert_eq!(count(PoolOptions::new()), 9);
        // 4g.40gb is only at 0 (MIG user guide), where one 1g.10gb is not in its way unless it is below 4.
        assert_eq!(count(PoolOptions::new().with_most_moves(0)), 4);
        for _ in 0..20 {
            pool.add("empty", &h100, Vec::new()).unwrap();
        }
        let placing = |options| Placing::new(&pool.models, &pool.gpus, &requests, options);
        let without_moves = placing(PoolOptions::new().with_most_moves(0)).unwrap();
        // Of 21 empty ones, a plan for two requests changes two at most.
        assert_eq!(count_that_matter(&without_moves), 5);
    }
}
