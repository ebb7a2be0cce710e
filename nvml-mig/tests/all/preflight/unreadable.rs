//! GPUs that can't be opened or counted, and what can't be read of them.

use crate::support::machine::Machine;
use nvml_mig::error::Cause;
use nvml_mig_sim::nvmlReturn_t;

use super::{gpu, preflight_of};

#[test]
fn a_gpu_that_this_process_may_not_see() {
    let machine = Machine::with("a30");
    machine
        .simulator
        .fail(
            "nvmlDeviceGetHandleByIndex_v2",
            1,
            nvmlReturn_t::NVML_ERROR_NO_PERMISSION,
        )
        .unwrap();
    let gpu = gpu(&machine);
    assert_eq!(gpu.obstacles[0].cause, Some(Cause::NoPermission));
    assert_eq!((gpu.name.as_ref(), gpu.uuid.as_ref()), (None, None));
    assert!(
        gpu.to_string().starts_with("GPU 0: unknown, unknown, "),
        "{gpu}"
    );
}

#[test]
fn gpus_that_can_not_be_counted() {
    let machine = Machine::with("a30");
    machine
        .simulator
        .fail("nvmlDeviceGetCount_v2", 1, nvmlReturn_t::NVML_ERROR_UNKNOWN)
        .unwrap();
    let preflight = preflight_of(&machine);
    assert_eq!(preflight.obstacles.len(), 1, "{preflight}");
    let message = &preflight.obstacles[0].message;
    assert!(message.contains("nvmlDeviceGetCount_v2"), "{message}");
}

/// What can't be read may be in the way.
#[test]
fn what_can_not_be_read_is_an_obstacle() {
    let unknown = nvmlReturn_t::NVML_ERROR_UNKNOWN;
    for function in [
        "nvmlDeviceGetGpuInstances",
        "nvmlDeviceGetComputeRunningProcesses_v3",
        "nvmlDeviceGetGraphicsRunningProcesses_v3",
    ] {
        let machine = Machine::with("a30");
        assert!(preflight_of(&machine).may_create());
        machine.simulator.fail(function, 0, unknown).unwrap();
        let gpu = gpu(&machine);
        assert_eq!(gpu.obstacles.len(), 1, "{gpu}");
        assert!(gpu.obstacles[0].message.contains(function), "{gpu}");
        assert!(!preflight_of(&machine).may_create(), "{function}");
    }
    let machine = Machine::with("a30");
    let _half = machine.create(5).unwrap();
    assert!(preflight_of(&machine).may_create());
    let function = "nvmlDeviceGetGpuInstanceRemainingCapacity";
    machine.simulator.fail(function, 0, unknown).unwrap();
    assert!(gpu(&machine).obstacles[0].message.contains(function));
    assert!(!preflight_of(&machine).may_create());
}
