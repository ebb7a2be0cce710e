//! Models, plans and reasons as JSON and back.

use nvml_mig::plan::PlanOptions;

use super::{model, there};

#[test]
fn everything_that_is_data_comes_back_from_json() {
    fn assert_returns<T>(value: &T)
    where
        T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + core::fmt::Debug,
    {
        let text = serde_json::to_string(value).unwrap();
        assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value, "{text}");
    }
    let model = model("a100-sxm4-40gb");
    let present = there(&model, "3g.20gb:4(1c,2c), 1g.5gb:0");
    assert_returns(&model);
    assert_returns(&present);
    assert_returns(&PlanOptions::default());
    assert_returns(&model.fit(&present, PlanOptions::default()));
    let layout = "4g.20gb, 3g.20gb(3*1c)".parse().unwrap();
    let plan = model
        .plan(&present, &layout, PlanOptions::default())
        .unwrap();
    assert_returns(&plan);
    assert!(
        serde_json::to_string(&plan)
            .unwrap()
            .contains(r#"{"destroy_compute_instance":{"#)
    );
    for layout in [
        "9*1g.5gb",
        "2*1g.5gb+me",
        "4*3g.20gb",
        "8*1g.5gb",
        "3g.20gb:1",
        "3g.20gb(2*2c)",
    ] {
        match model.plan(&present, &layout.parse().unwrap(), PlanOptions::default()) {
            Err(nvml_mig::plan::PlanError::DoesNotFit(reason)) => assert_returns(&*reason),
            other => panic!("{layout}: {other:?}"),
        }
    }
}
