//! What is said for each code that NVML may return.

use crate::support::machine::on_each_driver;
use nvml_mig::{Nvml, ReturnCode};
use nvml_mig_sim::nvmlReturn_t;

use super::profile;

/// Every code at the start and at calls of each kind (also: `hints.rs`, `errors.rs`, `opening.rs`, and the tests of HINTS.md
/// and ERRORS.md).
#[test]
fn every_code_is_one_sentence_with_what_was_refused() {
    let codes = || (1..=30).chain([77, 999]).map(nvmlReturn_t);
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let simulator = &machine.simulator;
        let library = simulator.library_path().to_str().unwrap();
        for code in codes() {
            simulator.fail("nvmlInit_v2", 1, code).unwrap();
            let error = Nvml::init_from(library).unwrap_err();
            assert_sentence(&error, "nvmlInit_v2", code);
            assert!(error.to_string().contains(library), "{error}");
            assert!(error.cause().is_some() || code.0 == 13, "{error}");
        }
        let profile = profile(&machine, "2g.12gb");
        let (device, nvml) = (&machine.device, &machine.nvml);
        let made = device.create_mig_device(profile).unwrap();
        type Call<'a> = (&'a str, Box<dyn Fn() -> nvml_mig::Error + 'a>);
        let calls: [Call<'_>; 7] = [
            (
                "nvmlDeviceGetHandleByIndex_v2",
                Box::new(|| nvml.device_by_index(0).unwrap_err()),
            ),
            (
                "nvmlDeviceGetHandleByUUID",
                Box::new(|| nvml.device_by_uuid("GPU-1").unwrap_err()),
            ),
            ("nvmlDeviceGetName", Box::new(|| device.name().unwrap_err())),
            ("nvmlDeviceGetName", Box::new(|| made.name().unwrap_err())),
            (
                "nvmlDeviceGetGpuInstances",
                Box::new(|| device.gpu_instances().unwrap_err()),
            ),
            (
                "nvmlDeviceCreateGpuInstance",
                Box::new(|| device.create_gpu_instance(profile).unwrap_err()),
            ),
            (
                "nvmlDeviceSetMigMode",
                Box::new(|| {
                    device
                        .set_mig_mode(nvml_mig::MigMode::Disabled)
                        .unwrap_err()
                }),
            ),
        ];
        for (function, call) in &calls {
            for code in codes() {
                simulator.fail(function, 1, code).unwrap();
                assert_sentence(&call(), function, code);
                simulator.clear_faults().unwrap();
            }
        }
    });
}

/// One line that names the function, and has a remedy or at least the code; who only asks is not told to destroy all.
fn assert_sentence(error: &nvml_mig::Error, function: &str, code: nvmlReturn_t) {
    let text = error.to_string();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains(function), "{text}");
    let is_missing = code == nvmlReturn_t::NVML_ERROR_FUNCTION_NOT_FOUND;
    let number = format!("({})", code.0);
    assert!(is_missing || text.contains(&number), "{text}");
    assert_eq!(
        error.code(),
        Some(ReturnCode::from_number(code.0)),
        "{text}"
    );
    for general in [1, 4, 15, 16, 18] {
        assert!(code.0 != general || error.cause().is_some(), "{text}");
    }
    let wrong = [
        "-dci`",
        "-dgi`",
        "nvidia-smi --gpu-reset",
        "nvidia-smi mig -d",
    ];
    let bare = |wrong: &&str| text.contains(*wrong) && !text.contains(" -i ");
    assert!(!wrong.iter().any(bare), "{text}");
}
