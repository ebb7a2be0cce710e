//! Plans for many GPUs, against brute force and against what is known of real GPUs.

use crate::support::after::after;
use crate::support::brute_force::model_of;
use crate::support::brute_force::pool::{PoolCost, cheapest, cost_of, pool_of, present, requests};
use crate::support::brute_force::random::Chance;
use crate::support::chain::chain;
use nvml_mig::plan::{
    GpuInstanceRequest, GpuModel, GpuPool, MovedInstance, PlanOptions, PoolError, PoolOptions,
    PoolPlan, PresentGpuInstance,
};
use nvml_mig::profile::{ComputeInstanceProfileId, GpuInstanceProfileId};
use nvml_mig_sim::catalogue;

pub(crate) type Gpus<'a> = Vec<(&'a GpuModel, Vec<PresentGpuInstance>)>;

pub(crate) fn model(board: &str) -> GpuModel {
    model_of(catalogue::find(board).unwrap())
}

pub(crate) fn wanted(layout: &str) -> Vec<GpuInstanceRequest> {
    GpuInstanceRequest::all(&layout.parse().unwrap())
}

/// GPUs of a model with these layouts.
pub(crate) fn gpus<'a>(model: &'a GpuModel, layouts: &[&str]) -> Gpus<'a> {
    let there = |layout: &&str| {
        let layout = layout.parse().unwrap();
        after(&model.plan(&[], &layout, PlanOptions::new()).unwrap())
    };
    layouts
        .iter()
        .map(|layout| (model, there(layout)))
        .collect()
}

fn pool(model: &GpuModel, layouts: &[&str]) -> GpuPool {
    pool_of(&gpus(model, layouts))
}

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

/// Eight GPUs, where five moves make room for 4*2g.20gb and 2*3g.40gb.
pub(crate) const MACHINE: [&str; 8] = [
    "2g.20gb:0, 2g.20gb:2, 1g.10gb:5",
    "3g.40gb:4, 1g.10gb:3, 1g.10gb:1",
    "2g.20gb:0, 1g.10gb:2, 1g.10gb:5",
    "2g.20gb:2, 2g.20gb:0, 1g.10gb:4",
    "3g.40gb:4(1c:2,2c:0), 4g.40gb:0(2c:0,2c:2)",
    "2g.20gb:4, 1g.10gb:0, 1g.10gb:3",
    "2g.20gb:2, 2g.20gb:0, 1g.10gb:6",
    "1g.20gb:6, 2g.20gb:4, 4g.40gb:0",
];

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
fn hundreds_of_gpus_are_each_rearranged_for_a_request() {
    let h100 = model("h100-sxm5-80gb");
    let count = 200;
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

/// `+me` is once on a GPU, so no move makes room for another.
#[test]
fn media_engines_that_are_used_up_are_a_certain_no() {
    let h100 = model("h100-sxm5-80gb");
    let layout = "1g.10gb+me:0, 1g.10gb:1, 2g.20gb:2, 1g.10gb:4";
    let pool = pool(&h100, &vec![layout; 200]);
    let error = pool.plan(&wanted("1g.10gb+me"), PoolOptions::new());
    assert!(matches!(error, Err(PoolError::DoesNotFit(error)) if error.is_certain));
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

#[test]
fn what_does_not_fit_is_said_in_a_sentence() {
    let a100 = model("a100-sxm4-40gb");
    let pool = pool(&a100, &["7*1g.5gb", "4g.20gb, 3g.20gb"]);
    let sentence =
        |layout: &str| chain(&pool.plan(&wanted(layout), PoolOptions::new()).unwrap_err());
    assert_eq!(
        sentence("1g.5gb"),
        "no place for 1g.5gb on any of the 2 GPUs, even if the instances that may move do"
    );
    let unknown = sentence("1g.6gb");
    assert!(
        unknown.starts_with("no GPU of the pool can have 1g.6gb (request 0): a profile of the layout can't be used: this GPU has no profile '1g.6gb'"),
        "{unknown}"
    );
    let request = wanted("1g.5gb")[0].clone().on_gpu(2);
    let error = pool.plan(&[request], PoolOptions::new()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "request 0 names GPU 2, but the pool has 2: they are numbered from 0"
    );
    let error = GpuPool::new().plan(&wanted("1g.5gb"), PoolOptions::new());
    assert_eq!(
        chain(&error.unwrap_err()),
        "no GPU of the pool can have 1g.5gb (request 0)"
    );
}

#[test]
fn of_several_that_do_not_fit_together_those_left_are_named() {
    let a100 = model("a100-sxm4-40gb");
    let error =
        pool(&a100, &["none"]).plan(&wanted("3g.20gb, 4g.20gb, 1g.5gb"), PoolOptions::new());
    let Err(PoolError::DoesNotFit(error)) = error else {
        panic!("{error:?}");
    };
    assert_eq!(
        (error.unplaced.as_slice(), error.requests, error.gpus),
        (&[2][..], 3, 1)
    );
    assert_eq!(
        error.to_string(),
        "no place for 1g.5gb on the GPU in addition to the other requests, even if the instances that may move do"
    );
}

#[test]
fn nothing_is_planned_for_no_request() {
    let a100 = model("a100-sxm4-40gb");
    let plan = pool(&a100, &["1g.5gb:0"])
        .plan(&[], PoolOptions::new())
        .unwrap();
    assert_eq!(
        (plan.assigned.len(), plan.moved.len(), plan.gpus.len()),
        (0, 0, 0)
    );
    assert!(plan.is_exact);
}

/// A GPU with an instance of a profile that its model lacks could not be put back.
#[test]
fn a_gpu_with_an_unknown_instance_stays_as_it_is() {
    let a100 = model("a100-sxm4-40gb");
    let mut of_gpu = gpus(&a100, &["1g.5gb", "none"]);
    let mut inside = of_gpu.clone();
    of_gpu[0].1[0].instance.profile = GpuInstanceProfileId::new(99);
    let compute_instance = &mut inside[0].1[0].instance.compute_instances[0];
    compute_instance.instance.profile = ComputeInstanceProfileId::new(99);
    // 1g.5gb is not at 7 (MIG user guide), and a compute instance of it only at 0.
    let mut elsewhere = gpus(&a100, &["1g.5gb", "none"]);
    elsewhere[0].1[0].instance.placement.start = 7;
    let mut inside_elsewhere = gpus(&a100, &["1g.5gb", "none"]);
    let compute_instance = &mut inside_elsewhere[0].1[0].instance.compute_instances[0];
    compute_instance.instance.placement.start = 1;
    for gpus in [of_gpu, inside, elsewhere, inside_elsewhere] {
        let pool = pool_of(&gpus);
        let plan = pool.plan(&wanted("1g.5gb"), PoolOptions::new()).unwrap();
        assert_eq!(plan.assigned[0].gpu, 1);
        let on_first = wanted("1g.5gb")[0].clone().on_gpu(0);
        let error = pool.plan(&[on_first], PoolOptions::new()).unwrap_err();
        assert!(matches!(error, PoolError::DoesNotFit(_)), "{error}");
        let empty = pool_of(&gpus[1..]).fit();
        assert_eq!(pool.fit(), empty);
        assert_eq!(
            plan.room,
            pool_of(&gpus[1..])
                .plan(&wanted("1g.5gb"), PoolOptions::new())
                .unwrap()
                .room
        );
    }
}

#[test]
fn the_room_of_all_gpus_is_that_of_each_together() {
    let a100 = model("a100-sxm4-40gb");
    let mut chance = Chance::new(53);
    for _ in 0..20 {
        let gpus: Gpus<'_> = (0..5)
            .map(|_| (&a100, present(&mut chance, &a100, 5)))
            .collect();
        let fit = pool_of(&gpus).fit();
        let each: Vec<_> = gpus
            .iter()
            .map(|(model, present)| model.fit(present, PlanOptions::new()))
            .collect();
        let slices = fit.profiles.iter().zip(&a100.profiles);
        let slices = slices.map(|(fit, profile)| fit.count * profile.memory_slices());
        assert_eq!(fit.room, slices.sum::<u32>());
        assert!(fit.best_room >= fit.room);
        for (index, profile) in fit.profiles.iter().enumerate() {
            let counts = each.iter().map(|fit| fit.profiles[index].count);
            assert_eq!(profile.name, each[0].profiles[index].name);
            assert_eq!(profile.count, counts.clone().sum::<u32>());
            assert_eq!(
                profile.gpus as usize,
                counts.filter(|count| *count > 0).count()
            );
        }
    }
}

/// Slices of 1g, 1g+me, 1g with double memory, 2g, 3g, 4g and 7g: an empty A100 has room for 7 + 1 + 4*2 + 3*2 + 2*4 + 4 + 8,
/// and one with a 4g for 3 + 1 + 2*2 + 2 + 4 (counts read off a real one, as in `fit`).
#[test]
fn instances_that_could_be_on_one_gpu_are_fragmentation() {
    let a100 = model("a100-sxm4-40gb");
    let fit = pool(&a100, &["3g.20gb:4", "4g.20gb:0"]).fit();
    // Beside a 3g at 4 there is room for 4 + 1 + 2*2 + 2*2 + 4 + 4. The 3g and the 4g can be on one GPU.
    assert_eq!((fit.room, fit.best_room), (21 + 14, 42));
    assert!((fit.fragmentation() - 1.0 / 6.0).abs() < 1e-12);
    let fit = pool(&a100, &["1g.5gb:0", "1g.5gb:0"]).fit();
    // Each at 0 leaves 6 + 1 + 3*2 + 2*2 + 4; both at 6 and 4 leave 5 + 1 + 2*2 + 2*2 + 4 + 4, and an empty GPU.
    assert_eq!((fit.room, fit.best_room), (2 * 21, 22 + 42));
    assert_eq!(GpuPool::new().fit().fragmentation(), 0.0);
}

#[test]
fn the_pool_follows_its_gpus() {
    let a100 = model("a100-sxm4-40gb");
    let mut gpus = pool(&a100, &["none", "none"]);
    assert_eq!((gpus.gpus().len(), gpus.gpus()[1].name()), (2, "1"));
    assert_eq!(gpus.model(1), Some(&a100));
    assert_eq!(gpus.model(2), None);
    let full = after(
        &a100
            .plan(&[], &"7g.40gb".parse().unwrap(), PlanOptions::new())
            .unwrap(),
    );
    gpus.set_present(0, full.clone()).unwrap();
    assert_eq!(gpus.gpus()[0].present(), full);
    let error = gpus.set_present(2, full.clone()).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("the pool has no GPU 2: it has 2")
    );
    let twice = [full.clone(), full].concat();
    assert!(gpus.set_present(1, twice.clone()).is_err() && gpus.gpus()[1].present().is_empty());
    assert!(gpus.add("x", &a100, twice).is_err() && gpus.gpus().len() == 2);
}

#[cfg(feature = "apply")]
#[test]
fn a_plan_for_two_gpus_is_applied_at_once() {
    use core::ops::ControlFlow;
    use nvml_mig::{GpuPlan, MachineLock, Nvml};
    use nvml_mig_sim::{GpuSpec, Simulator};

    let board = GpuSpec::new("a100-sxm4-40gb");
    let simulator = Simulator::builder()
        .gpu(board.clone())
        .gpu(board)
        .start()
        .unwrap();
    let nvml = Nvml::init_from(simulator.library_path()).unwrap();
    let devices = nvml.devices().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let apply = |plans: &[GpuPlan]| {
        let mut lock = MachineLock::take_in(folder.path()).unwrap();
        lock.apply(plans, |_| ControlFlow::Continue(())).unwrap();
    };
    let layouts = [
        "1g.5gb:0, 3g.20gb:4(1c,2c)",
        "1g.5gb:0, 1g.5gb:1, 3g.20gb:4",
    ];
    let before = devices.iter().zip(layouts).map(|(device, layout)| {
        let layout: nvml_mig::Layout = layout.parse().unwrap();
        GpuPlan::from_device(device, layout, PlanOptions::new()).unwrap()
    });
    apply(&before.collect::<Vec<_>>());

    let read = || {
        let mut pool = GpuPool::new();
        for device in &devices {
            let (model, present) = (GpuModel::read(device), PresentGpuInstance::read_all(device));
            let name = device.uuid().unwrap();
            pool.add(name, &model.unwrap(), present.unwrap()).unwrap();
        }
        pool
    };
    let pool = read();
    let planned = pool
        .plan(&wanted("4g.20gb(2c,2c)"), PoolOptions::new())
        .unwrap();
    assert_eq!((planned.moved.len(), planned.gpus.len()), (1, 2));
    let plans = planned.gpus.iter().map(|planned| {
        let plan = GpuPlan::from_device(
            &devices[planned.gpu],
            planned.layout.clone(),
            PlanOptions::new(),
        );
        let plan = plan.unwrap();
        assert_eq!(plan.plan(), Some(&planned.plan));
        plan
    });
    apply(&plans.collect::<Vec<_>>());

    let after = read();
    for planned in &planned.gpus {
        let there = after.gpus()[planned.gpu].present().iter();
        let there: Vec<_> = there.map(PresentGpuInstance::placed).collect();
        assert!(nvml_mig::plan::PlacedGpuInstance::are_same(
            &there,
            &planned.plan.gpu_instances
        ));
    }
    assert_eq!(after.fit().room, planned.room);
}

#[cfg(feature = "json")]
#[test]
fn pools_requests_and_plans_are_data() {
    let (a100, a30) = (model("a100-sxm4-40gb"), model("a30"));
    let mut gpus = gpus(&a100, &["1g.5gb:0", "1g.5gb:0", "3g.20gb(1c,2c)"]);
    gpus.push((&a30, Vec::new()));
    let pool = pool_of(&gpus);
    let text = serde_json::to_string(&pool).unwrap();
    let back: GpuPool = serde_json::from_str(&text).unwrap();
    assert_eq!(back, pool);
    assert_eq!(
        text.matches("max_gpu_instances").count(),
        2,
        "each model once"
    );
    let no_model = text.replace("\"model\":1", "\"model\":2");
    let error = serde_json::from_str::<GpuPool>(&no_model).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("a GPU has model number 2, and there are 2"),
        "{error}"
    );

    let requests = vec![
        wanted("3g.20gb(1c,2c)")[0].clone().on_gpu(1),
        wanted("4g.20gb")[0].clone(),
    ];
    let text = serde_json::to_string(&requests).unwrap();
    assert_eq!(
        text,
        r#"[{"instance":"3g.20gb(1c,2c)","gpu":1},{"instance":"4g.20gb"}]"#
    );
    assert_eq!(
        serde_json::from_str::<Vec<GpuInstanceRequest>>(&text).unwrap(),
        requests
    );
    let two = r#"{"instance":"2*1g.5gb"}"#;
    assert!(serde_json::from_str::<GpuInstanceRequest>(two).is_err());

    let options = PoolOptions::new()
        .with_most_moves(3)
        .with_search_exactly(true);
    assert_eq!(
        serde_json::from_str::<PoolOptions>("{\"most_moves\":3}").unwrap(),
        options
    );
    let plan = pool.plan(&requests, options).unwrap();
    let text = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<PoolPlan>(&text).unwrap(), plan);
    let fit = pool.fit();
    let text = serde_json::to_string(&fit).unwrap();
    assert_eq!(
        serde_json::from_str::<nvml_mig::plan::PoolFit>(&text).unwrap(),
        fit
    );
}
