//! Requests that do not fit, or ask for nothing.

use crate::support::chain::chain;
use nvml_mig::plan::{GpuPool, PoolError, PoolOptions};

use super::{model, pool, wanted};

/// `+me` is once on a GPU, so no move makes room for another.
#[test]
fn media_engines_that_are_used_up_are_a_certain_no() {
    let h100 = model("h100-sxm5-80gb");
    let layout = "1g.10gb+me:0, 1g.10gb:1, 2g.20gb:2, 1g.10gb:4";
    let pool = pool(&h100, &vec![layout; 200]);
    let error = pool.plan(&wanted("1g.10gb+me"), PoolOptions::new());
    assert!(matches!(error, Err(PoolError::DoesNotFit(error)) if error.is_certain));
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
