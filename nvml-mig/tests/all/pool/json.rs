//! Pools, requests and plans as JSON and back.

use crate::support::brute_force::pool::pool_of;
use nvml_mig::plan::{GpuInstanceRequest, GpuPool, PoolOptions, PoolPlan};

use super::{gpus, model, wanted};

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
