//! The schedulers of vGPUs on a GPU instance, through C. The figures are those that NVIDIA documents for `RmPVMRL`.

use core::ptr::null_mut;

use nvml_mig_sim::{Caller, VgpuRun};
use nvml_mig_sys::{
    NVML_VGPU_SCHEDULER_ARR_DEFAULT, NVML_VGPU_SCHEDULER_ARR_DISABLE,
    NVML_VGPU_SCHEDULER_ARR_ENABLE, NVML_VGPU_SCHEDULER_ENGINE_TYPE_GRAPHICS,
    NVML_VGPU_SCHEDULER_ENGINE_TYPE_NVENC0, NVML_VGPU_SCHEDULER_ENGINE_TYPE_NVENC1,
    NVML_VGPU_SCHEDULER_POLICY_BEST_EFFORT, NVML_VGPU_SCHEDULER_POLICY_EQUAL_SHARE,
    NVML_VGPU_SCHEDULER_POLICY_FIXED_SHARE, nvmlGpuInstance_t, nvmlVgpuSchedulerLogInfo_t,
    nvmlVgpuSchedulerLogInfo_v1, nvmlVgpuSchedulerLogInfo_v2_t, nvmlVgpuSchedulerState_t,
    nvmlVgpuSchedulerState_v1, nvmlVgpuSchedulerState_v2_t, nvmlVgpuSchedulerStateInfo_t,
    nvmlVgpuSchedulerStateInfo_v1, nvmlVgpuSchedulerStateInfo_v2_t,
};

use super::nvml::{
    ARGUMENT_VERSION_MISMATCH, INVALID_ARGUMENT, NO_PERMISSION, NOT_SUPPORTED, Nvml, SUCCESS, c,
    zeroed,
};
use super::vgpu_sharing::set_heterogeneous;
use super::vgpus::{ONE_GRAPHICS, host, rtx, start};

const GRAPHICS: u32 = NVML_VGPU_SCHEDULER_ENGINE_TYPE_GRAPHICS;
const BEST_EFFORT: u32 = NVML_VGPU_SCHEDULER_POLICY_BEST_EFFORT;
const EQUAL_SHARE: u32 = NVML_VGPU_SCHEDULER_POLICY_EQUAL_SHARE;
const FIXED_SHARE: u32 = NVML_VGPU_SCHEDULER_POLICY_FIXED_SHARE;

/// Policy, ARR mode and the two numbers of the union.
fn state_v1(nvml: &Nvml, instance: nvmlGpuInstance_t, engine: u32) -> Result<[u32; 4], u32> {
    let mut state: nvmlVgpuSchedulerStateInfo_t = zeroed();
    (state.version, state.engineId) = (nvmlVgpuSchedulerStateInfo_v1, engine);
    let code = c!(
        nvml,
        nvmlGpuInstanceGetVgpuSchedulerState(instance, &mut state)
    );
    if code != SUCCESS {
        return Err(code);
    }
    // SAFETY: both numbers of the union are written.
    let with_arr = unsafe { state.schedulerParams.vgpuSchedDataWithARR };
    let (policy, mode) = (state.schedulerPolicy, state.arrMode);
    Ok([policy, mode, with_arr.avgFactor, with_arr.timeslice])
}

/// Policy, averaging factor and time slice.
fn state_v2(nvml: &Nvml, instance: nvmlGpuInstance_t, engine: u32) -> Result<[u32; 3], u32> {
    let mut state: nvmlVgpuSchedulerStateInfo_v2_t = zeroed();
    state.engineId = engine;
    let code = c!(
        nvml,
        nvmlGpuInstanceGetVgpuSchedulerState_v2(instance, &mut state)
    );
    if code != SUCCESS {
        return Err(code);
    }
    Ok([state.schedulerPolicy, state.avgFactor, state.timeslice])
}

fn set_v1(
    nvml: &Nvml,
    instance: nvmlGpuInstance_t,
    policy: u32,
    mode: u32,
    numbers: [u32; 2],
) -> u32 {
    let mut state: nvmlVgpuSchedulerState_t = zeroed();
    (state.version, state.engineId) = (nvmlVgpuSchedulerState_v1, GRAPHICS);
    (state.schedulerPolicy, state.enableARRMode) = (policy, mode);
    state.schedulerParams.vgpuSchedDataWithARR.avgFactor = numbers[0];
    state.schedulerParams.vgpuSchedDataWithARR.frequency = numbers[1];
    c!(
        nvml,
        nvmlGpuInstanceSetVgpuSchedulerState(instance, &mut state)
    )
}

fn set_v2(
    nvml: &Nvml,
    instance: nvmlGpuInstance_t,
    engine: u32,
    policy: u32,
    numbers: [u32; 2],
) -> u32 {
    let [factor, frequency] = numbers;
    let mut state = nvmlVgpuSchedulerState_v2_t {
        engineId: engine,
        schedulerPolicy: policy,
        avgFactor: factor,
        frequency,
    };
    c!(
        nvml,
        nvmlGpuInstanceSetVgpuSchedulerState_v2(instance, &mut state)
    )
}

#[test]
fn best_effort_is_the_default_and_has_no_figures() {
    let nvml = rtx();
    let instance = nvml.create(ONE_GRAPHICS).unwrap();
    let expected = [BEST_EFFORT, NVML_VGPU_SCHEDULER_ARR_DEFAULT, 0, 0];
    assert_eq!(state_v1(&nvml, instance, GRAPHICS), Ok(expected));
    assert!(start(&nvml, instance, 1558, 1));
    assert_eq!(state_v1(&nvml, instance, GRAPHICS), Ok(expected));
    assert_eq!(state_v2(&nvml, instance, GRAPHICS), Ok([BEST_EFFORT, 0, 0]));
}

/// 480 Hz for types of which up to eight fit, else 960 Hz; the time slice is the inverse.
#[test]
fn defaults_depend_on_how_many_vgpus_of_the_type_fit() {
    for (vgpu_type, nanoseconds) in [(1558, 1_000_000_000 / 480), (1546, 1_000_000_000 / 960)] {
        let nvml = rtx();
        let instance = nvml.create(ONE_GRAPHICS).unwrap();
        assert_eq!(
            set_v2(&nvml, instance, GRAPHICS, EQUAL_SHARE, [0, 0]),
            SUCCESS
        );
        let idle = state_v2(&nvml, instance, GRAPHICS);
        assert_eq!(idle, Ok([EQUAL_SHARE, 0, 0]), "nothing is scheduled");
        assert!(start(&nvml, instance, vgpu_type, 1));
        let busy = state_v2(&nvml, instance, GRAPHICS);
        assert_eq!(busy, Ok([EQUAL_SHARE, 33, nanoseconds]), "{vgpu_type}");
    }
}

#[test]
fn figures_that_were_set_within_the_limits() {
    let cases = [
        ([60, 63], [60, 15_873_015]),
        ([7, 500], [7, 2_000_000]),
        ([99, 9999], [60, 1_041_666]),
        ([1, 1], [1, 15_873_015]),
    ];
    for (set, [factor, nanoseconds]) in cases {
        let nvml = rtx();
        let instance = nvml.create(ONE_GRAPHICS).unwrap();
        let enable = NVML_VGPU_SCHEDULER_ARR_ENABLE;
        assert_eq!(set_v1(&nvml, instance, FIXED_SHARE, enable, set), SUCCESS);
        assert!(start(&nvml, instance, 1561, 1));
        let expected = [FIXED_SHARE, enable, factor, nanoseconds];
        assert_eq!(state_v1(&nvml, instance, GRAPHICS), Ok(expected), "{set:?}");
        let expected = [FIXED_SHARE, factor, nanoseconds];
        assert_eq!(state_v2(&nvml, instance, GRAPHICS), Ok(expected), "{set:?}");
    }
}

/// Without ARR there is a time slice of 1 to 30 ms in place of the two numbers.
#[test]
fn time_slices_without_arr() {
    for (set, nanoseconds) in [
        (0, 2_000_000),
        (24_000_000, 24_000_000),
        (31_000_000, 30_000_000),
    ] {
        let nvml = rtx();
        let instance = nvml.create(ONE_GRAPHICS).unwrap();
        let disable = NVML_VGPU_SCHEDULER_ARR_DISABLE;
        assert_eq!(
            set_v1(&nvml, instance, EQUAL_SHARE, disable, [set, 5]),
            SUCCESS
        );
        assert!(start(&nvml, instance, 1558, 1));
        let expected = [EQUAL_SHARE, disable, nanoseconds, 0];
        assert_eq!(state_v1(&nvml, instance, GRAPHICS), Ok(expected));
        let expected = [EQUAL_SHARE, 0, nanoseconds];
        assert_eq!(state_v2(&nvml, instance, GRAPHICS), Ok(expected));
    }
}

#[test]
fn what_can_t_be_set() {
    let nvml = rtx();
    let instance = nvml.create(ONE_GRAPHICS).unwrap();
    for policy in [0, 4, u32::MAX] {
        assert_eq!(
            set_v2(&nvml, instance, GRAPHICS, policy, [0, 0]),
            INVALID_ARGUMENT
        );
    }
    assert_eq!(
        set_v1(&nvml, instance, EQUAL_SHARE, 3, [0, 0]),
        INVALID_ARGUMENT
    );
    assert_eq!(
        set_v2(&nvml, instance, 4, EQUAL_SHARE, [0, 0]),
        INVALID_ARGUMENT
    );
    nvml.simulator.set_caller(Caller::Unprivileged).unwrap();
    assert_eq!(
        set_v2(&nvml, instance, GRAPHICS, EQUAL_SHARE, [0, 0]),
        NO_PERMISSION
    );
    assert_eq!(state_v2(&nvml, instance, GRAPHICS), Ok([BEST_EFFORT, 0, 0]));
    nvml.simulator.set_caller(Caller::Root).unwrap();
    assert!(start(&nvml, instance, 1558, 1));
    let busy = set_v2(&nvml, instance, GRAPHICS, EQUAL_SHARE, [0, 0]);
    assert_eq!(busy, NOT_SUPPORTED, "nvml.h: if any vGPU instance exists");
    nvml.simulator.stop_vgpu(1).unwrap();
    assert_eq!(set_heterogeneous(&nvml, instance, 1), SUCCESS);
    let fixed = set_v2(&nvml, instance, GRAPHICS, FIXED_SHARE, [0, 0]);
    assert_eq!(
        fixed, NOT_SUPPORTED,
        "vGPUs of different sizes have no fixed share"
    );
    assert_eq!(set_heterogeneous(&nvml, instance, 0), SUCCESS);
    assert_eq!(
        set_v2(&nvml, instance, GRAPHICS, FIXED_SHARE, [0, 0]),
        SUCCESS
    );
    assert_eq!(set_heterogeneous(&nvml, instance, 1), NOT_SUPPORTED);
}

/// It does not outlive its GPU instance (nvml.h).
#[test]
fn a_new_gpu_instance_has_the_default() {
    let nvml = rtx();
    let instance = nvml.create(ONE_GRAPHICS).unwrap();
    assert_eq!(
        set_v2(&nvml, instance, GRAPHICS, EQUAL_SHARE, [0, 0]),
        SUCCESS
    );
    let other = nvml.create(ONE_GRAPHICS).unwrap();
    assert_eq!(state_v2(&nvml, other, GRAPHICS), Ok([BEST_EFFORT, 0, 0]));
    assert_eq!(nvml.destroy(instance), SUCCESS);
    let instance = nvml.create(ONE_GRAPHICS).unwrap();
    assert_eq!(state_v2(&nvml, instance, GRAPHICS), Ok([BEST_EFFORT, 0, 0]));
}

/// A `1g.24gb+gfx` has one encoder, a `2g.48gb+gfx` two.
#[test]
fn engines_that_are_there() {
    let nvml = rtx();
    let (one, two) = (nvml.create(ONE_GRAPHICS).unwrap(), nvml.create(35).unwrap());
    let (first, second) = (
        NVML_VGPU_SCHEDULER_ENGINE_TYPE_NVENC0,
        NVML_VGPU_SCHEDULER_ENGINE_TYPE_NVENC1,
    );
    assert!(state_v2(&nvml, one, first).is_ok());
    assert_eq!(state_v2(&nvml, one, second), Err(NOT_SUPPORTED));
    assert_eq!(state_v1(&nvml, one, 0), Err(INVALID_ARGUMENT));
    assert_eq!(set_v2(&nvml, two, second, EQUAL_SHARE, [0, 0]), SUCCESS);
    assert_eq!(state_v2(&nvml, two, second), Ok([EQUAL_SHARE, 0, 0]));
    assert_eq!(state_v2(&nvml, two, GRAPHICS), Ok([BEST_EFFORT, 0, 0]));
}

fn run(timestamp: u64) -> VgpuRun {
    VgpuRun {
        timestamp,
        time_run_total: 1 << 40,
        time_run: 2_000_000,
        sw_runlist_id: 5,
        target_time_slice: 2_083_333,
        cumulative_preemption_time: 77,
        weight: 3,
    }
}

#[test]
fn logs_of_both_versions() {
    let nvml = rtx();
    let instance = nvml.create(ONE_GRAPHICS).unwrap();
    let id = nvml.info(instance).id;
    assert_eq!(
        set_v2(&nvml, instance, GRAPHICS, EQUAL_SHARE, [7, 500]),
        SUCCESS
    );
    assert!(start(&nvml, instance, 1558, 1));
    let mut first: Box<nvmlVgpuSchedulerLogInfo_t> = Box::new(zeroed());
    (first.version, first.engineId) = (nvmlVgpuSchedulerLogInfo_v1, GRAPHICS);
    let mut second: Box<nvmlVgpuSchedulerLogInfo_v2_t> = Box::new(zeroed());
    second.engineId = GRAPHICS;
    let ask_first = |log: &mut nvmlVgpuSchedulerLogInfo_t| {
        c!(nvml, nvmlGpuInstanceGetVgpuSchedulerLog(instance, log))
    };
    let ask_second = |log: &mut nvmlVgpuSchedulerLogInfo_v2_t| {
        c!(nvml, nvmlGpuInstanceGetVgpuSchedulerLog_v2(instance, log))
    };
    assert_eq!((ask_first(&mut first), first.entriesCount), (SUCCESS, 0));
    for timestamp in 1..=201 {
        nvml.simulator
            .log_vgpu_run(0, id, GRAPHICS, run(timestamp))
            .unwrap();
    }
    assert_eq!((ask_first(&mut first), first.entriesCount), (SUCCESS, 200));
    assert_eq!(
        (ask_second(&mut second), second.entriesCount),
        (SUCCESS, 200)
    );
    assert_eq!(
        (first.schedulerPolicy, first.arrMode),
        (EQUAL_SHARE, NVML_VGPU_SCHEDULER_ARR_ENABLE)
    );
    let figures = (second.schedulerPolicy, second.avgFactor, second.timeslice);
    assert_eq!(figures, (EQUAL_SHARE, 7, 2_000_000));
    for (index, (old, new)) in first.logEntries.iter().zip(&second.logEntries).enumerate() {
        let timestamp = index as u64 + 2;
        assert_eq!(
            (old.timestamp, new.timestamp),
            (timestamp, timestamp),
            "the newest 200"
        );
        assert_eq!((old.timeRunTotal, new.timeRunTotal), (1 << 40, 1 << 40));
        assert_eq!((old.timeRun, new.timeRun), (2_000_000, 2_000_000));
        assert_eq!((old.swRunlistId, new.swRunlistId), (5, 5));
        assert_eq!(
            (old.targetTimeSlice, new.targetTimeSlice),
            (2_083_333, 2_083_333)
        );
        assert_eq!(
            (old.cumulativePreemptionTime, new.cumulativePreemptionTime),
            (77, 77)
        );
        assert_eq!(new.weight, 3);
    }
}

#[test]
fn versions_null_pointers_and_unsupported_gpus() {
    let a100 = host("a100-pcie-40gb", "595.45.04");
    let small = a100.create(19).unwrap();
    assert_eq!(
        state_v1(&a100, small, GRAPHICS),
        Err(NOT_SUPPORTED),
        "from GB20x on"
    );
    assert_eq!(state_v2(&a100, small, GRAPHICS), Err(NOT_SUPPORTED));
    assert_eq!(
        set_v2(&a100, small, GRAPHICS, EQUAL_SHARE, [0, 0]),
        NOT_SUPPORTED
    );
    let nvml = rtx();
    let instance = nvml.create(ONE_GRAPHICS).unwrap();
    let mut state: nvmlVgpuSchedulerStateInfo_t = zeroed();
    let code = c!(
        nvml,
        nvmlGpuInstanceGetVgpuSchedulerState(instance, &mut state)
    );
    assert_eq!(code, ARGUMENT_VERSION_MISMATCH);
    let mut set: nvmlVgpuSchedulerState_t = zeroed();
    let code = c!(
        nvml,
        nvmlGpuInstanceSetVgpuSchedulerState(instance, &mut set)
    );
    assert_eq!(code, ARGUMENT_VERSION_MISMATCH);
    let mut log: Box<nvmlVgpuSchedulerLogInfo_t> = Box::new(zeroed());
    let code = c!(
        nvml,
        nvmlGpuInstanceGetVgpuSchedulerLog(instance, &mut *log)
    );
    assert_eq!(code, ARGUMENT_VERSION_MISMATCH);
    let null = [
        c!(
            nvml,
            nvmlGpuInstanceGetVgpuSchedulerState(instance, null_mut())
        ),
        c!(
            nvml,
            nvmlGpuInstanceGetVgpuSchedulerState_v2(instance, null_mut())
        ),
        c!(
            nvml,
            nvmlGpuInstanceGetVgpuSchedulerLog(instance, null_mut())
        ),
        c!(
            nvml,
            nvmlGpuInstanceGetVgpuSchedulerLog_v2(instance, null_mut())
        ),
        c!(
            nvml,
            nvmlGpuInstanceSetVgpuSchedulerState(instance, null_mut())
        ),
        c!(
            nvml,
            nvmlGpuInstanceSetVgpuSchedulerState_v2(instance, null_mut())
        ),
    ];
    assert_eq!(null, [INVALID_ARGUMENT; 6]);
}
