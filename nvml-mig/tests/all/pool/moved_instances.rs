//! Instances that move to make room for others.

use crate::support::brute_force::pool::{cost_of, pool_of, present, requests};
use crate::support::brute_force::random::Chance;
use nvml_mig::plan::PoolOptions;

use super::{Gpus, gpus, model, pool, wanted};

/// An A100 whose 1g.5gb stands at 0 has no room for a 4g.20gb (MIG user guide: 4g is only at 0:4).
#[test]
fn the_cheapest_move_makes_room_for_one() {
    let model = model("a100-sxm4-40gb");
    let pool = pool(
        &model,
        &["1g.5gb:0, 3g.20gb:4", "1g.5gb:0, 1g.5gb:1, 3g.20gb:4"],
    );
    let plan = pool.plan(&wanted("4g.20gb"), PoolOptions::new()).unwrap();
    assert_eq!((plan.assigned[0].gpu, plan.moved.len()), (0, 1));
    assert_eq!(plan.moved[0].from, 0);
    assert_eq!((plan.moved[0].to.gpu, plan.gpus.len()), (1, 2));
    assert_eq!(plan.gpus[0].plan.destroyed_gpu_instances(), 1);
    assert_eq!(plan.gpus[1].plan.destroyed_gpu_instances(), 0);
}

/// A later request does not go where an earlier one has moved an instance of the same profile away: the plan of the GPU
/// would keep that instance.
#[test]
fn one_by_one_no_request_takes_over_an_instance_that_moves() {
    let a30 = model("a30");
    let mut chance = Chance::new(29);
    let mut moved = 0;
    for _ in 0..1500 {
        let gpus: Gpus<'_> = (0..4)
            .map(|_| (&a30, present(&mut chance, &a30, 3)))
            .collect();
        let requests = requests(&mut chance, &a30, 5, gpus.len());
        let options = PoolOptions::new().with_search_exactly(false);
        if let Ok(plan) = pool_of(&gpus).plan(&requests, options) {
            moved += cost_of(&gpus, &requests, options, &plan).moves;
        }
    }
    assert!(moved > 100, "{moved}");
}

/// Compute instances go with the GPU instances, whichever of those with the same profile move.
#[test]
fn instances_of_one_profile_move_with_their_own_compute_instances() {
    let a100 = model("a100-sxm4-40gb");
    let gpus = gpus(&a100, &["2g.10gb:0(2*1c)", "2g.10gb:2()"]);
    let all = wanted("4g.20gb(2*2c), 4g.20gb");
    // `cost_of` checks that what is created has the compute instances of what is moved.
    let plan = pool_of(&gpus).plan(&all, PoolOptions::new()).unwrap();
    assert_eq!(plan.moved.len(), 2);
    cost_of(&gpus, &all, PoolOptions::new(), &plan);
    for (assigned, count) in plan.assigned.iter().zip([2, 1]) {
        let planned = plan.gpus.iter().find(|planned| planned.gpu == assigned.gpu);
        let mut created = planned.unwrap().plan.gpu_instances.iter();
        let created = created.find(|one| one.placement == assigned.placement);
        assert_eq!(created.unwrap().compute_instances.len(), count);
    }
}
