//! Machines and clusters with so many GPUs that not every way is tried.

use crate::support::brute_force::pool::{cost_of, pool_of, present};
use crate::support::brute_force::random::Chance;
use nvml_mig::plan::{GpuModel, MovedInstance, PoolError, PoolOptions, PresentGpuInstance};

use super::{Gpus, MACHINE, gpus, model, pool, wanted};

/// The search among many GPUs looks only at the best of those that are alike.
#[test]
fn among_many_gpus_the_best_one_is_found() {
    let a100 = model("a100-sxm4-40gb");
    let mut chance = Chance::new(31);
    let gpus: Gpus<'_> = (0..60)
        .map(|_| (&a100, present(&mut chance, &a100, 6)))
        .collect();
    let options = PoolOptions::new().with_most_moves(0);
    for name in ["1g.5gb", "2g.10gb", "3g.20gb", "1g.10gb"] {
        let request = wanted(name);
        let lost = |gpu: &(&GpuModel, Vec<PresentGpuInstance>)| {
            let pool = pool_of(std::slice::from_ref(gpu));
            let plan = pool.plan(&request, options).ok()?;
            Some(pool.fit().room - plan.room)
        };
        let best = gpus.iter().filter_map(lost).min().unwrap();
        let pool = pool_of(&gpus);
        let plan = pool.plan(&request, options).unwrap();
        assert_eq!(
            (pool.fit().room - plan.room, plan.is_exact),
            (best, true),
            "{name}"
        );
    }
}

#[test]
fn a_search_that_would_take_too_long_ends() {
    let a100 = model("a100-sxm4-40gb");
    let mut chance = Chance::new(47);
    let gpus: Gpus<'_> = (0..20)
        .map(|_| (&a100, present(&mut chance, &a100, 2)))
        .collect();
    let all = wanted("9*1g.5gb, 9*2g.10gb, 9*1g.10gb, 4*3g.20gb, 4*4g.20gb, 1g.5gb+me");
    let options = PoolOptions::new();
    match pool_of(&gpus).plan(&all, options) {
        Ok(plan) => {
            assert!(!plan.is_exact);
            cost_of(&gpus, &all, options, &plan);
        }
        Err(error) => panic!("{error}"),
    }
}

/// Eight GPUs, with six requests that five moves make room for.
#[test]
fn the_plan_of_a_machine_is_found() {
    let h100 = model("h100-sxm5-80gb");
    let gpus = gpus(&h100, &MACHINE);
    let all = wanted("4*2g.20gb, 2*3g.40gb");
    let plan = pool_of(&gpus).plan(&all, PoolOptions::new()).unwrap();
    assert_eq!((plan.is_exact, plan.moved.len()), (true, 5));
    cost_of(&gpus, &all, PoolOptions::new(), &plan);
    let fewer = PoolOptions::new().with_most_moves(4);
    let error = pool_of(&gpus).plan(&all, fewer).unwrap_err();
    assert!(matches!(error, PoolError::DoesNotFit(error) if error.is_certain));
}

/// One after another would move instances where a later request needs the place.
#[test]
fn a_hundred_gpus_are_each_rearranged_for_a_request() {
    let h100 = model("h100-sxm5-80gb");
    let count = 100;
    let pool = pool(&h100, &vec!["1g.10gb:0"; count]);
    let one = wanted("4g.40gb").remove(0);
    let named = (0..count / 2).map(|gpu| one.clone().on_gpu(gpu));
    for requests in [vec![one.clone(); count], named.collect()] {
        let plan = pool.plan(&requests, PoolOptions::new()).unwrap();
        assert_eq!(plan.assigned.len(), requests.len());
        assert_eq!(plan.moved.len(), requests.len());
        for (request, assigned) in requests.iter().zip(&plan.assigned) {
            assert!(request.gpu().is_none_or(|gpu| gpu == assigned.gpu));
        }
        let moved_away = |moved: &MovedInstance| moved.from != moved.to.gpu;
        assert!(!plan.moved.iter().any(moved_away));
    }
}
