//! What a preflight reports of a machine, and that it changes nothing.

use crate::support::machine::Machine;
use nvml_mig::MigMode;
use nvml_mig::preflight::{Preflight, Privilege};
use nvml_mig_sim::{GpuSpec, Simulator};

use super::preflight_of;

#[test]
fn a_machine_that_is_ready() {
    let machine = Machine::with("a30");
    let preflight = preflight_of(&machine);
    assert!(preflight.may_create());
    assert_eq!(
        preflight
            .driver_version
            .as_ref()
            .map(ToString::to_string)
            .as_deref(),
        Some("550.163.01")
    );
    assert_eq!(
        preflight
            .nvml_version
            .as_ref()
            .map(ToString::to_string)
            .as_deref(),
        Some("12.550.163.01")
    );
    assert_eq!(preflight.privilege, Privilege::SysAdmin);
    let gpu = &preflight.gpus[0];
    assert_eq!(gpu.index, 0);
    assert_eq!(gpu.name.as_deref(), Some("NVIDIA A30"));
    assert_eq!(gpu.uuid.as_ref(), machine.device.uuid().ok().as_ref());
    assert_eq!(gpu.mig_capable, Some(true));
    assert_eq!(gpu.mig_modes.unwrap().current(), MigMode::Enabled);
    assert!(!gpu.vgpu_guest && gpu.obstacles.is_empty());
}

#[test]
fn people_read_a_few_lines() {
    let simulator = Simulator::builder()
        .gpu(GpuSpec::new("a30"))
        .gpu(GpuSpec::new("h100-sxm5-80gb").mig(false));
    let machine = Machine::open(simulator.start().unwrap());
    let uuid = |index| machine.nvml.device_by_index(index).unwrap().uuid().unwrap();
    let preflight = preflight_of(&machine);
    let expected = format!(
        "driver 550.163.01, NVML 12.550.163.01\n\
         privilege: CAP_SYS_ADMIN\n\
         GPU 0: NVIDIA A30, {}, MIG mode enabled\n\
         GPU 1: NVIDIA H100 80GB HBM3, {}, MIG mode disabled\n  \
         obstacle: {}\n\
         a GPU instance can be created here now\n",
        uuid(0),
        uuid(1),
        preflight.gpus[1].obstacles[0]
    );
    assert_eq!(preflight.to_string(), expected);
    // The index in a container may be that of another GPU on its host.
    let command = format!("enable it as root with `nvidia-smi -i {} -mig 1`", uuid(1));
    assert!(expected.contains(&command), "{expected}");
}

/// Whatever this machine has.
#[test]
fn it_runs_anywhere() {
    let preflight = Preflight::read();
    assert!(!preflight.to_string().is_empty());
}

#[test]
fn nothing_is_changed() {
    let machine = Machine::with("a30");
    machine.simulator.log_calls(true).unwrap();
    let _preflight = preflight_of(&machine);
    let calls = machine.simulator.calls().unwrap();
    assert!(calls.len() > 10);
    for call in calls {
        let asks = call.function.contains("Get");
        assert!(asks, "{}", call.function);
    }
}

#[test]
fn it_can_be_kept_and_sent() {
    fn assert_plain<T: Send + Sync + Clone + PartialEq + 'static>() {}
    assert_plain::<Preflight>();
}
