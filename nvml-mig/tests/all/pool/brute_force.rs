//! No plan for several GPUs is missed, and none is cheaper.

use crate::support::brute_force::pool::{PoolCost, cheapest, cost_of, pool_of, present, requests};
use crate::support::brute_force::random::Chance;
use nvml_mig::plan::{GpuInstanceRequest, GpuModel, PoolError, PoolOptions, PoolPlan};

use super::{Gpus, model, wanted};

/// Plans, and compares with the brute force. Gives the number of moves if there is a plan.
fn check(gpus: &Gpus<'_>, requests: &[GpuInstanceRequest], options: PoolOptions) -> Option<usize> {
    let expected = cheapest(gpus, requests, options);
    match (pool_of(gpus).plan(requests, options), expected) {
        (Ok(plan), Some(expected)) => {
            assert!(plan.is_exact);
            let cost = cost_of(gpus, requests, options, &plan);
            assert_eq!(
                cost, expected,
                "{requests:?} {options:?} {gpus:?}: {plan:?}"
            );
            Some(cost.moves)
        }
        (Err(PoolError::DoesNotFit(error)), None) => {
            assert!(error.is_certain, "{error}");
            None
        }
        (answer, expected) => {
            panic!("{requests:?} {options:?} {gpus:?}: {answer:?}, expected {expected:?}")
        }
    }
}

/// A random pool of these models, with at most so many instances and requests.
fn tried(models: &[&GpuModel], most: (usize, usize), times: usize) -> Vec<Option<usize>> {
    let mut chance = Chance::new(11);
    let tries = (0..times).map(|_| {
        let gpus: Gpus<'_> = models
            .iter()
            .map(|model| (*model, present(&mut chance, model, most.0)))
            .collect();
        let first = models[chance.below(models.len())];
        let requests = requests(&mut chance, first, most.1, gpus.len());
        // A name that no model has is another error.
        let mut options = PoolOptions::from(chance.options());
        if chance.one_in(3) {
            options = options.with_most_moves(chance.below(3));
        }
        let named =
            |request: &GpuInstanceRequest| request.gpu().is_none_or(|gpu| gpus[gpu].0 == first);
        let requests: Vec<_> = requests.into_iter().filter(named).collect();
        check(&gpus, &requests, options)
    });
    tries.collect()
}

fn assert_varied(tries: &[Option<usize>]) {
    let moved = tries.iter().flatten().filter(|moves| **moves > 0).count();
    let refused = tries.iter().filter(|moves| moves.is_none()).count();
    println!(
        "{} tried, {moved} with moves, {refused} refused",
        tries.len()
    );
    assert!(moved * 25 > tries.len() && refused * 25 > tries.len());
}

#[test]
fn no_plan_for_small_gpus_is_missed_and_none_is_cheaper() {
    let a30 = model("a30");
    assert_varied(&tried(&[&a30, &a30, &a30], (2, 3), 500));
}

#[test]
fn no_plan_for_large_gpus_is_missed_and_none_is_cheaper() {
    let a100 = model("a100-sxm4-40gb");
    assert_varied(&tried(&[&a100, &a100], (3, 2), 200));
    let h100 = model("h100-sxm5-80gb");
    assert_varied(&tried(&[&h100, &h100], (3, 2), 200));
}

/// Both have 1g.10gb, 2g.20gb, 3g.40gb, 4g.40gb and 7g.80gb, and other boards have other names.
#[test]
fn a_request_goes_to_any_model_that_has_its_profile() {
    let (a100, h100) = (model("a100-sxm4-80gb"), model("h100-sxm5-80gb"));
    assert_varied(&tried(&[&a100, &h100], (3, 2), 200));
    let a30 = model("a30");
    let gpus: Gpus<'_> = vec![(&a30, Vec::new()), (&a100, Vec::new()), (&h100, Vec::new())];
    let plan = pool_of(&gpus).plan(&wanted("7g.80gb, 7g.80gb, 4g.24gb"), PoolOptions::new());
    let on: Vec<usize> = plan.unwrap().assigned.iter().map(|one| one.gpu).collect();
    assert_eq!(on, [1, 2, 0]);
}

#[test]
fn one_by_one_is_never_better_than_exact() {
    let a100 = model("a100-sxm4-40gb");
    let mut chance = Chance::new(23);
    let (mut same, mut worse, mut missed) = (0, 0, 0);
    for _ in 0..60 {
        let gpus: Gpus<'_> = (0..4)
            .map(|_| (&a100, present(&mut chance, &a100, 5)))
            .collect();
        let requests = requests(&mut chance, &a100, 4, gpus.len());
        let options = PoolOptions::new().with_most_moves(2);
        let pool = pool_of(&gpus);
        let one_by_one = pool.plan(&requests, options.with_search_exactly(false));
        let cost = |plan: &PoolPlan| cost_of(&gpus, &requests, options, plan);
        match (pool.plan(&requests, options), one_by_one) {
            (Ok(exact), Ok(other)) => {
                assert!(exact.is_exact && !other.is_exact);
                let (exact, other): (PoolCost, PoolCost) = (cost(&exact), cost(&other));
                assert!(exact <= other, "{exact:?} {other:?}");
                same += u32::from(exact == other);
                worse += u32::from(exact != other);
            }
            (Ok(_), Err(_)) => missed += 1,
            (Err(exact), other) => {
                assert!(other.is_err(), "{exact}");
            }
        }
    }
    println!("{same} as good, {worse} worse, {missed} missed");
    assert!(same > worse + missed && worse + missed > 0);
}
