//! Performance monitoring of GPU instances.

use crate::support::machine::Machine;
use nvml_mig::monitor::GpmMetric;
use nvml_mig::{Error, ReturnCode};
use nvml_mig_sim::nvmlGpmMetricId_t;

#[test]
fn hopper_and_newer_have_it_and_ampere_does_not() {
    for (board, expected) in [
        ("a30", false),
        ("h100-sxm5-80gb", true),
        ("rtx-pro-6000-bse", true),
    ] {
        assert_eq!(
            Machine::with(board).device.has_gpm().unwrap(),
            expected,
            "{board}"
        );
    }
    let machine = Machine::with("a30");
    let error = machine.create(0).unwrap().gpm_sample().unwrap_err();
    assert_eq!(error.code(), Some(ReturnCode::NotSupported));
}

#[test]
fn each_metric_has_an_answer_of_its_own() {
    let machine = Machine::with("h100-sxm5-80gb");
    let instance = machine.create(0).unwrap();
    let (earlier, later) = (
        instance.gpm_sample().unwrap(),
        instance.gpm_sample().unwrap(),
    );
    assert_eq!(later.gpu_instance_id(), instance.id());
    let busy = nvmlGpmMetricId_t::NVML_GPM_METRIC_SM_UTIL;
    let set = machine.simulator.set_gpm(0, Some(0), busy, 42.5);
    set.unwrap();
    let metrics = [
        GpmMetric::SmUtilization,
        GpmMetric::SmOccupancy,
        GpmMetric::Other(476),
    ];
    let answers = later.metrics_since(&earlier, &metrics).unwrap();
    assert_eq!(answers, [Ok(42.5), Ok(0.0), Err(ReturnCode::NotSupported)]);
}

#[test]
fn samples_of_two_instances_and_too_many_metrics_are_refused() {
    let machine = Machine::with("h100-sxm5-80gb");
    let (one, other) = (machine.create(9).unwrap(), machine.create(9).unwrap());
    let (one, other) = (one.gpm_sample().unwrap(), other.gpm_sample().unwrap());
    let error = other
        .metrics_since(&one, &[GpmMetric::SmUtilization])
        .unwrap_err();
    assert!(matches!(error, Error::Input(_)), "{error}");
    let error = one
        .metrics_since(&one, &[GpmMetric::SmUtilization; 478])
        .unwrap_err();
    assert!(
        error.to_string().contains("477 metrics at once, not 478"),
        "{error}"
    );
}
