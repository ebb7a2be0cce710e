//! What a test asks to go wrong.

use std::time::{Duration, Instant};

use nvml_mig_sim::{GpuSpec, Simulator, SimulatorError, nvmlReturn_t};

use super::nvml::{INVALID_ARGUMENT, Nvml, SUCCESS, c};

const GPU_IS_LOST: u32 = 15;

#[test]
fn the_nth_call_fails_once() {
    let nvml = Nvml::with("a30");
    nvml.simulator
        .fail("nvmlDeviceGetCount_v2", 2, nvmlReturn_t(GPU_IS_LOST))
        .unwrap();
    let mut count = 0;
    let found = [(); 3].map(|()| c!(nvml, nvmlDeviceGetCount_v2(&mut count)));
    assert_eq!(found, [SUCCESS, GPU_IS_LOST, SUCCESS]);
}

#[test]
fn every_call_fails_until_cleared() {
    let nvml = Nvml::with("a30");
    nvml.simulator
        .fail("nvmlDeviceGetCount_v2", 0, nvmlReturn_t(GPU_IS_LOST))
        .unwrap();
    let mut count = 0;
    let found = [(); 3].map(|()| c!(nvml, nvmlDeviceGetCount_v2(&mut count)));
    assert_eq!(found, [GPU_IS_LOST; 3]);
    nvml.simulator.clear_faults().unwrap();
    assert_eq!(c!(nvml, nvmlDeviceGetCount_v2(&mut count)), SUCCESS);
}

#[test]
fn a_failed_creation_makes_nothing() {
    let nvml = Nvml::with("a30");
    nvml.simulator
        .fail("nvmlDeviceCreateGpuInstance", 1, nvmlReturn_t(GPU_IS_LOST))
        .unwrap();
    assert_eq!(nvml.create(0), Err(GPU_IS_LOST));
    assert_eq!(nvml.capacity(0), 1);
}

#[test]
fn starting_fails() {
    let nvml = Nvml::open(Simulator::builder());
    nvml.simulator
        .fail("nvmlInit_v2", 1, nvmlReturn_t::NVML_ERROR_DRIVER_NOT_LOADED)
        .unwrap();
    let mut count = 0;
    assert_eq!(c!(nvml, nvmlInit_v2()), 9);
    assert_eq!(
        c!(nvml, nvmlDeviceGetCount_v2(&mut count)),
        super::nvml::UNINITIALIZED
    );
    assert_eq!(c!(nvml, nvmlInit_v2()), SUCCESS);
}

#[test]
fn a_delayed_call_takes_longer() {
    let nvml = Nvml::with("a30");
    let delay = Duration::from_millis(30);
    nvml.simulator
        .delay("nvmlDeviceGetCount_v2", delay)
        .unwrap();
    let (started, mut count) = (Instant::now(), 0);
    assert_eq!(c!(nvml, nvmlDeviceGetCount_v2(&mut count)), SUCCESS);
    assert!(started.elapsed() >= delay);
}

#[test]
fn hidden_functions_are_not_found() {
    let hidden = [
        "nvmlDeviceGetGpuInstanceProfileInfoV",
        "nvmlDeviceGetCount_v2",
    ];
    let nvml = Nvml::start(Simulator::builder().gpu(GpuSpec::new("a30")).hide(hidden));
    let mut missing = nvml.library.missing_functions().to_vec();
    missing.sort_unstable();
    assert_eq!(
        missing,
        [
            "nvmlDeviceGetCount_v2",
            "nvmlDeviceGetGpuInstanceProfileInfoV"
        ]
    );
    nvml.create(0).unwrap();
}

#[test]
fn only_what_is_there_can_be_hidden() {
    let error = Simulator::builder()
        .hide(["nvmlNoSuchFunction"])
        .start()
        .unwrap_err();
    assert!(matches!(error, SimulatorError::UnknownFunction(name) if name == "nvmlNoSuchFunction"));
}

/// What it lacks of the functions that nvml-mig-sys declares: for 535, what NVIDIA's library lacks.
#[test]
fn an_older_driver_exports_less() {
    let missing = |version| {
        let builder = Simulator::builder().driver_version(version);
        Nvml::start(builder).library.missing_functions().to_vec()
    };
    assert_eq!(missing("615.10"), Vec::<&str>::new());
    let events_of_615 = [
        "nvmlEventSetRegisterGpuOperationalEvents_v1",
        "nvmlEventSetWait_v3",
        "nvmlEventSetGetContextCount_v1",
        "nvmlEventSetGetContextInfo_v1",
        "nvmlEventSetGetContextData_v1",
        "nvmlEventSetGetGpuOperationalEventContextLegacyXid_v1",
    ];
    let schedulers_of_595 = [
        "nvmlGpuInstanceGetVgpuSchedulerState_v2",
        "nvmlGpuInstanceGetVgpuSchedulerLog_v2",
        "nvmlGpuInstanceSetVgpuSchedulerState_v2",
    ];
    let of_580 = ["nvmlDeviceGetGpuInstanceProfileInfoByIdV"];
    let vgpus_of_575 = [
        "nvmlGpuInstanceGetCreatableVgpus",
        "nvmlVgpuTypeGetMaxInstancesPerGpuInstance",
        "nvmlGpuInstanceGetActiveVgpus",
        "nvmlGpuInstanceSetVgpuSchedulerState",
        "nvmlGpuInstanceGetVgpuSchedulerState",
        "nvmlGpuInstanceGetVgpuSchedulerLog",
        "nvmlGpuInstanceGetVgpuTypeCreatablePlacements",
        "nvmlGpuInstanceGetVgpuHeterogeneousMode",
        "nvmlGpuInstanceSetVgpuHeterogeneousMode",
    ];
    let since_595 = [&events_of_615[..], &schedulers_of_595].concat();
    assert_eq!(missing("580.65.06"), since_595);
    let since_575 = [
        &events_of_615[..],
        &vgpus_of_575,
        &schedulers_of_595,
        &of_580,
    ]
    .concat();
    assert_eq!(missing("535.261.03"), since_575);
    assert!(!missing("510.47.03").contains(&"nvmlDeviceGetGpuInstanceProfileInfoV"));
    assert!(missing("470.57.02").contains(&"nvmlDeviceGetGpuInstanceProfileInfoV"));
    assert!(missing("470.57.02").contains(&"nvmlGpuInstanceCreateComputeInstanceWithPlacement"));
}

#[test]
fn calls_are_noted_when_asked() {
    let nvml = Nvml::with("a30");
    assert!(nvml.simulator.calls().unwrap().is_empty(), "off at first");
    nvml.simulator.log_calls(true).unwrap();
    assert_eq!(nvml.create_at(14, 9, 1), Err(INVALID_ARGUMENT));
    let calls = nvml.simulator.calls().unwrap();
    let functions: Vec<&str> = calls.iter().map(|call| call.function.as_str()).collect();
    let create = "nvmlDeviceCreateGpuInstanceWithPlacement";
    assert_eq!(functions, ["nvmlDeviceGetHandleByIndex_v2", create]);
    assert_eq!((calls[0].code, calls[1].code), (SUCCESS, INVALID_ARGUMENT));
    assert!(
        calls[0].arguments.contains("index=0"),
        "{}",
        calls[0].arguments
    );
    assert!(
        calls[1].arguments.contains("profile_id=14"),
        "{}",
        calls[1].arguments
    );
    for _ in 0..1000 {
        nvml.gpu(0);
    }
    assert_eq!(
        nvml.simulator.calls().unwrap().len(),
        1002,
        "a long log fits too"
    );
}

#[test]
fn an_unknown_board_is_refused_with_the_known_ones() {
    let error = Simulator::builder()
        .gpu(GpuSpec::new("a31"))
        .start()
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("`a31`") && text.contains("a100-sxm4-40gb"),
        "{text}"
    );
}

#[test]
fn simulators_in_threads_don_t_see_each_other() {
    let threads: Vec<_> = (0..8)
        .map(|number| {
            std::thread::spawn(move || {
                let nvml = Nvml::with("a100-sxm4-40gb");
                for _ in 0..number % 8 {
                    let _ = nvml.create(19);
                }
                let made = 7_u32.saturating_sub(number);
                assert_eq!(nvml.capacity(19), made);
                nvml
            })
        })
        .collect();
    let all: Vec<Nvml> = threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .collect();
    for (number, nvml) in (0..).zip(&all) {
        assert_eq!(nvml.capacity(19), 7_u32.saturating_sub(number));
    }
}

/// Requests that lead to an impossible machine are refused, and the machine stays as it was.
#[test]
fn impossible_requests_are_refused() {
    let nvml = Nvml::with("a30");
    let refusals = [
        nvml.simulator
            .delay("nvmlInit_v2", Duration::from_secs(3601)),
        nvml.simulator.set_driver_version("the newest"),
        nvml.simulator.set_driver_version("535"),
        nvml.simulator
            .refuse_gpu(0, Some(nvmlReturn_t::NVML_SUCCESS)),
        nvml.simulator
            .refuse_gpu(1, Some(nvmlReturn_t::NVML_ERROR_GPU_IS_LOST)),
    ];
    let reasons = refusals.map(|refused| refused.unwrap_err().to_string());
    let expected = [
        "a delay is longer than an hour",
        "`the newest` is not a driver version such as 550.163.01",
        "`535` is not a driver version such as 550.163.01",
        "GPU 0: its refusal code is 0, which means success",
        "no such GPU or instance",
    ];
    assert_eq!(reasons, expected);
    assert_eq!(nvml.name(nvml.gpu(0)), "NVIDIA A30");
}

#[test]
fn faults_of_unknown_functions_are_refused() {
    let nvml = Nvml::with("a30");
    let unknown = nvmlReturn_t::NVML_ERROR_UNKNOWN;
    let refusals = [
        nvml.simulator.fail("nvmlInitV2", 1, unknown),
        nvml.simulator.delay("nvmlInitV2", Duration::ZERO),
        nvml.simulator.pretend("nvmlInitV2"),
    ];
    for refused in refusals {
        let text = refused.unwrap_err().to_string();
        assert_eq!(text, "the simulated library has no function `nvmlInitV2`");
    }
}
