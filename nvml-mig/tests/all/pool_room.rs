//! Plans for many GPUs where room has to be made.

use crate::pool::{Gpus, MACHINE, gpus, model, wanted};
use crate::support::brute_force::pool::{cost_of, pool_of};
use crate::support::brute_force::random::Chance;
use crate::support::brute_force::refilled::refilled;
use nvml_mig::plan::{
    GpuInstanceRequest, GpuModel, PoolError, PoolOptions, PoolPlan, PresentGpuInstance,
};

fn one(layout: &str) -> GpuInstanceRequest {
    wanted(layout).remove(0)
}

/// The number of compute instances on a GPU after a plan, by the start of their GPU instance, and whether that was kept.
fn on(plan: &PoolPlan, gpu: usize, start: u32) -> (usize, bool) {
    let planned = plan.gpus.iter().find(|planned| planned.gpu == gpu).unwrap();
    let mut all = planned.plan.gpu_instances.iter().zip(&planned.plan.kept);
    let (instance, kept) = all
        .find(|(instance, _)| instance.placement.start == start)
        .unwrap();
    (instance.compute_instances.len(), kept.is_some())
}

/// However the others were moved, there is a plan that gives all back. Most of these pools are too large for the exact search.
#[test]
fn what_was_taken_from_full_gpus_has_a_place() {
    let h100 = model("h100-sxm5-80gb");
    let options = PoolOptions::new().with_search_exactly(false);
    let mut moves = 0;
    for (count, taken, pools) in [(8, 10, 2), (12, 15, 3), (30, 15, 1)] {
        for seed in 0..pools {
            let (present, requests) = refilled(&mut Chance::new(seed), &h100, count, taken);
            let gpus: Gpus<'_> = present.into_iter().map(|on| (&h100, on)).collect();
            let plan = pool_of(&gpus).plan(&requests, options);
            let plan = plan.unwrap_or_else(|error| panic!("{count} GPUs, seed {seed}: {error}"));
            moves += cost_of(&gpus, &requests, options, &plan).moves;
            let again = pool_of(&gpus).plan(&requests, options);
            assert_eq!(again.unwrap(), plan);
        }
    }
    assert!(moves > 0);
}

/// No more instances move than may, although those that have moved already may move again.
#[test]
fn making_room_moves_no_more_than_may() {
    let h100 = model("h100-sxm5-80gb");
    let options = PoolOptions::new().with_search_exactly(false);
    let mut limited = 0;
    for seed in 0..3 {
        let (present, requests) = refilled(&mut Chance::new(seed), &h100, 10, 10);
        let gpus: Gpus<'_> = present.into_iter().map(|on| (&h100, on)).collect();
        let pool = pool_of(&gpus);
        let moved = pool.plan(&requests, options).unwrap().moved.len();
        let options = options.with_most_moves(moved);
        if let Ok(plan) = pool.plan(&requests, options) {
            assert!(cost_of(&gpus, &requests, options, &plan).moves <= moved);
            limited += usize::from(moved > 0);
        }
    }
    assert!(limited > 0);
}

/// A 2g.10gb stands where one with another compute instance is wanted: it goes to the only other place that is free.
#[test]
fn a_request_with_a_start_has_the_place_of_one_that_moves() {
    let a100 = model("a100-sxm4-40gb");
    let gpus = gpus(&a100, &["2g.10gb:2(2*1c), 1g.5gb:0, 3g.20gb:4", "7g.40gb"]);
    let requests = [one("2g.10gb:2").on_gpu(0)];
    let plan = pool_of(&gpus).plan(&requests, PoolOptions::new());
    let error = plan.unwrap_err();
    assert!(matches!(error, PoolError::DoesNotFit(error) if error.is_certain));

    let gpus = Gpus::from([gpus[0].clone(), (&a100, Vec::new())]);
    let plan = pool_of(&gpus).plan(&requests, PoolOptions::new()).unwrap();
    assert_eq!((plan.moved.len(), plan.gpus.len()), (1, 2));
    assert_eq!((plan.moved[0].from, plan.moved[0].to.gpu), (0, 1));
    assert_eq!(
        plan.moved[0].id,
        gpus[0]
            .1
            .iter()
            .find(|there| there.placement().start == 2)
            .unwrap()
            .id
    );
    assert_eq!(
        on(&plan, 0, 2),
        (1, true),
        "it has the compute instance of the request"
    );
    assert_eq!(on(&plan, 1, plan.moved[0].to.placement.start), (2, false));
    cost_of(&gpus, &requests, PoolOptions::new(), &plan);
}

/// All seven 1g.5gb stay on their full GPU but one, whose place the request has.
#[test]
fn a_request_that_names_a_full_gpu_has_the_place_of_one_that_moves() {
    let a100 = model("a100-sxm4-40gb");
    let gpus = gpus(&a100, &["7*1g.5gb", "4g.20gb, 3g.20gb", "none"]);
    for exactly in [true, false] {
        let options = PoolOptions::new().with_search_exactly(exactly);
        let requests = [one("1g.5gb()").on_gpu(0)];
        let plan = pool_of(&gpus).plan(&requests, options).unwrap();
        assert_eq!((plan.assigned[0].gpu, plan.moved.len()), (0, 1));
        assert_eq!((plan.moved[0].from, plan.moved[0].to.gpu), (0, 2));
        assert_eq!(on(&plan, 0, plan.assigned[0].placement.start), (0, true));
        cost_of(&gpus, &requests, options, &plan);
    }
    let pinned = pool_of(&pinned(&gpus));
    let error = pinned.plan(&[one("1g.5gb").on_gpu(0)], PoolOptions::new());
    assert!(matches!(error, Err(PoolError::DoesNotFit(error)) if error.is_certain));
}

fn pinned<'a>(gpus: &Gpus<'a>) -> Gpus<'a> {
    let pinned = |(model, present): &(&'a GpuModel, Vec<PresentGpuInstance>)| {
        let present = present.iter().cloned().map(|one| one.with_pinned(true));
        (*model, present.collect())
    };
    gpus.iter().map(pinned).collect()
}

/// Eight GPUs as in a machine, beside some that no plan for these requests changes: of another model, or full of what must stay.
#[test]
fn gpus_that_can_not_matter_change_no_plan() {
    let (h100, a30) = (model("h100-sxm5-80gb"), model("a30"));
    let mut all = gpus(&h100, &MACHINE);
    let requests = wanted("4*2g.20gb, 2*3g.40gb");
    let alone = pool_of(&all).plan(&requests, PoolOptions::new()).unwrap();
    all.extend(gpus(&a30, &["2*1g.6gb", "none"]));
    all.extend(pinned(&gpus(&h100, &["4g.40gb, 3g.40gb"])));
    let plan = pool_of(&all).plan(&requests, PoolOptions::new()).unwrap();
    assert!(alone.is_exact && plan.is_exact);
    assert_eq!(plan.moved, alone.moved);
    assert_eq!(plan.assigned, alone.assigned);
}
