//! Libraries and drivers: missing, not loaded, old, or without some of the functions.

use crate::support::machine::Machine;
use crate::support::machine::proc::Proc;
use nvml_mig::error::Cause;
use nvml_mig::preflight::{Preflight, Privilege};
use nvml_mig_sim::{GpuSpec, Simulator, nvmlReturn_t};

use super::{DOCKER, preflight_of, root};

#[test]
fn without_a_library_and_without_the_privilege_both_are_told() {
    let files = Proc::with("self/status", DOCKER).files();
    let preflight = Preflight::read_from("/nowhere/libnvidia-ml.so.1", &files);
    let causes: Vec<_> = preflight.obstacles.iter().map(|it| it.cause).collect();
    assert_eq!(causes, [None, Some(Cause::NoPermission)], "{preflight}");
}

#[test]
fn without_a_library_the_answer_says_so() {
    let preflight = Preflight::read_from("/nowhere/libnvidia-ml.so.1", &root().files());
    assert_eq!(preflight.driver_version, None);
    assert_eq!(preflight.nvml_version, None);
    assert!(preflight.gpus.is_empty() && !preflight.may_create());
    assert_eq!(preflight.privilege, Privilege::SysAdmin);
    let text = preflight.to_string();
    assert!(text.starts_with("driver unknown, NVML unknown\n"), "{text}");
    assert!(text.contains("/nowhere/libnvidia-ml.so.1"), "{text}");
    assert!(text.contains("obstacle: no NVML library found"), "{text}");
    assert!(text.ends_with("can't be created here now\n"), "{text}");
}

#[test]
fn a_library_can_be_named() {
    let machine = Machine::with("a30");
    let path = machine.simulator.library_path();
    assert!(Preflight::read_from(path, &root().files()).may_create());
}

#[test]
fn a_kernel_driver_that_is_not_loaded() {
    let simulator = Simulator::builder().start().unwrap();
    simulator
        .fail("nvmlInit_v2", 1, nvmlReturn_t::NVML_ERROR_DRIVER_NOT_LOADED)
        .unwrap();
    let preflight = Preflight::read_from(simulator.library_path(), &root().files());
    let obstacle = &preflight.obstacles[0];
    assert_eq!(obstacle.cause, Some(Cause::DriverNotLoaded));
    assert!(obstacle.message.contains("driver not loaded"), "{obstacle}");
}

#[test]
fn functions_that_a_driver_lacks() {
    let hidden = [
        "nvmlDeviceCreateGpuInstance",
        "nvmlDeviceGetGpuInstanceProfileInfoV",
    ];
    let simulator = Simulator::builder().gpu(GpuSpec::new("a30")).hide(hidden);
    let machine = Machine::open(simulator.start().unwrap());
    let preflight = preflight_of(&machine);
    let mut missing = preflight.missing_functions.clone();
    missing.sort_unstable();
    assert_eq!(missing, hidden);
    assert_eq!(preflight.obstacles.len(), 1, "{preflight}");
    let message = &preflight.obstacles[0].message;
    assert!(
        message.contains("driver 550.163.01 has no nvmlDeviceCreateGpuInstance"),
        "{message}"
    );
    assert!(message.contains("newer NVIDIA drivers"), "{message}");
    let text = preflight.to_string();
    assert!(
        text.contains("functions missing from this driver: nvmlDevice"),
        "{text}"
    );
}

/// Old drivers list no profiles while MIG mode is off, and have fewer functions.
#[test]
fn drivers_from_450_on_are_told_about() {
    for version in crate::support::machine::DRIVERS {
        for on in [true, false] {
            let gpu = GpuSpec::new("a30").mig(on);
            let simulator = Simulator::builder().gpu(gpu).driver_version(version);
            let machine = Machine::open(simulator.start().unwrap());
            let preflight = preflight_of(&machine);
            assert_eq!(
                preflight
                    .driver_version
                    .as_ref()
                    .map(ToString::to_string)
                    .as_deref(),
                Some(version)
            );
            assert_eq!(preflight.may_create(), on, "{preflight}");
            assert!(preflight.obstacles.is_empty(), "{preflight}");
        }
    }
}
