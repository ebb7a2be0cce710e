//! What is present on the GPUs of a pool: changed with them, and left alone where it is unknown.

use crate::support::after::after;
use crate::support::brute_force::pool::pool_of;
use nvml_mig::plan::{PlanOptions, PoolError, PoolOptions};
use nvml_mig::profile::{ComputeInstanceProfileId, GpuInstanceProfileId};

use super::{gpus, model, pool, wanted};

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
