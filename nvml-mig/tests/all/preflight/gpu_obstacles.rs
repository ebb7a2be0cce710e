//! What is in the way on a GPU: its mode, its kind, its instances and its processes.

use crate::support::machine::Machine;
use nvml_mig::MigMode;
use nvml_mig::device::MigModeChange;
use nvml_mig::error::Cause;
use nvml_mig_sim::{GpuSpec, Process, Virtualization, nvmlReturn_t};

use super::{gpu, preflight_of};

/// The one obstacle on the machine's GPU has this cause, and its message these parts.
fn assert_in_the_way(machine: &Machine, cause: Cause, parts: &[&str]) {
    let gpu = gpu(machine);
    assert_eq!(gpu.obstacles.len(), 1, "{gpu}");
    let obstacle = &gpu.obstacles[0];
    assert_eq!(obstacle.cause, Some(cause), "{obstacle}");
    for part in parts {
        assert!(obstacle.message.contains(part), "{obstacle}");
    }
    assert!(!preflight_of(machine).may_create());
}

#[test]
fn mig_mode_off() {
    let machine = Machine::of(GpuSpec::new("a30").mig(false));
    assert_in_the_way(&machine, Cause::MigDisabled, &["-mig 1"]);
}

#[test]
fn mig_mode_pending() {
    let machine = Machine::of(GpuSpec::new("a30").mig(false));
    machine.simulator.busy(Process::new(0, 4242)).unwrap();
    let change = machine.device.set_mig_mode(MigMode::Enabled).unwrap();
    assert!(matches!(change, MigModeChange::Pending { .. }));
    assert_in_the_way(&machine, Cause::MigPending, &["--gpu-reset"]);
    let text = gpu(&machine).to_string();
    let mode = "MIG mode disabled, and enabled after a GPU reset or reboot";
    assert!(text.contains(mode), "{text}");
}

/// A virtual machine can't reset the GPU.
#[test]
fn mig_mode_pending_in_a_virtual_machine() {
    let gpu = GpuSpec::new("a30").mig(false);
    let machine = Machine::of(gpu.virtualization(Virtualization::PassThrough));
    let change = machine.device.set_mig_mode(MigMode::Enabled).unwrap();
    assert!(matches!(change, MigModeChange::Pending { .. }));
    assert_in_the_way(&machine, Cause::MigPending, &["virtual machine"]);
    let text = self::gpu(&machine).to_string();
    assert!(!text.contains("--gpu-reset"), "{text}");
}

#[test]
fn a_gpu_without_mig() {
    let machine = Machine::with("a30");
    machine
        .simulator
        .fail(
            "nvmlDeviceGetMigMode",
            0,
            nvmlReturn_t::NVML_ERROR_NOT_SUPPORTED,
        )
        .unwrap();
    assert_in_the_way(&machine, Cause::NotMigCapable, &["no MIG"]);
    let gpu = gpu(&machine);
    assert_eq!((gpu.mig_capable, gpu.mig_modes), (Some(false), None));
    assert!(gpu.to_string().contains(", no MIG\n"), "{gpu}");
}

#[test]
fn a_gpu_that_does_not_tell_its_mode() {
    let machine = Machine::with("a30");
    machine
        .simulator
        .fail(
            "nvmlDeviceGetMigMode",
            0,
            nvmlReturn_t::NVML_ERROR_GPU_IS_LOST,
        )
        .unwrap();
    assert_in_the_way(&machine, Cause::GpuBroken, &["fell off the bus"]);
    let gpu = gpu(&machine);
    assert_eq!((gpu.mig_capable, gpu.mig_modes), (None, None));
    assert!(gpu.to_string().contains("MIG mode unknown"), "{gpu}");
}

#[test]
fn a_vgpu_guest() {
    let spec = GpuSpec::new("a30").virtualization(Virtualization::VgpuGuest);
    let machine = Machine::of(spec);
    assert_in_the_way(&machine, Cause::VgpuGuest, &["its host partitions the GPU"]);
    assert!(gpu(&machine).vgpu_guest);
    assert!(gpu(&machine).to_string().contains(", vGPU guest"));
}

#[test]
fn a_gpu_without_room() {
    let machine = Machine::with("a30");
    let half = machine.create(5).unwrap();
    assert!(preflight_of(&machine).may_create());
    let _other_half = machine.create(5).unwrap();
    let parts = ["no room", "GPU instance 1", "GPU instance 2", "-dgi"];
    assert_in_the_way(&machine, Cause::NoRoom, &parts);
    half.destroy().unwrap();
    assert!(preflight_of(&machine).may_create());
}

#[test]
fn processes_on_the_whole_gpu() {
    let machine = Machine::with("a30");
    machine.simulator.busy(Process::new(0, 4242)).unwrap();
    assert_in_the_way(
        &machine,
        Cause::InUse,
        &["process 4242", "stop these first"],
    );
}
