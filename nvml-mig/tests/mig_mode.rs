//! Changing MIG mode: a mode that is only pending is never reported as active.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod common;

use common::Machine;
use nvml_mig::{MigMode, MigModeChange, MigModes, ReturnCode};
use nvml_mig_sim::{GpuSpec, Process, Simulator, Virtualization};

#[test]
fn an_idle_ampere_changes_at_once() {
    let machine = Machine::of(GpuSpec::new("a30").mig(false));
    assert_eq!(
        machine.device.set_mig_mode(MigMode::Enabled).unwrap(),
        MigModeChange::Active {
            minor_number_moved: None
        }
    );
    let modes = MigModes {
        current: MigMode::Enabled,
        pending: MigMode::Enabled,
    };
    assert_eq!(machine.device.mig_mode().unwrap(), modes);
}

#[test]
fn a_busy_ampere_stays_pending() {
    let machine = Machine::of(GpuSpec::new("a30").mig(false));
    machine.simulator.busy(Process::new(0, 4242)).unwrap();
    let pending = MigModeChange::Pending {
        reason: Some(ReturnCode::InUse),
    };
    assert_eq!(
        machine.device.set_mig_mode(MigMode::Enabled).unwrap(),
        pending
    );
    let modes = MigModes {
        current: MigMode::Disabled,
        pending: MigMode::Enabled,
    };
    assert_eq!(machine.device.mig_mode().unwrap(), modes);
    let error = machine.create(0).unwrap_err();
    assert!(
        error.to_string().contains("until the GPU is reset"),
        "{error}"
    );
}

#[test]
fn a_pass_through_ampere_needs_a_reset_from_outside() {
    let gpu = GpuSpec::new("a30")
        .mig(false)
        .virtualization(Virtualization::PassThrough);
    let machine = Machine::of(gpu);
    let pending = MigModeChange::Pending {
        reason: Some(ReturnCode::ResetRequired),
    };
    assert_eq!(
        machine.device.set_mig_mode(MigMode::Enabled).unwrap(),
        pending
    );
}

#[test]
fn a_busy_hopper_refuses_to_leave_mig() {
    let machine = Machine::with("h100-sxm5-80gb");
    let gpu_instance = machine.create(0).unwrap();
    let profile = gpu_instance
        .compute_instance_profile_by_name("7g.80gb")
        .unwrap();
    let _compute_instance = gpu_instance.create_compute_instance(profile.id).unwrap();
    machine
        .simulator
        .busy(Process::new(0, 4242).gpu_instance(0).compute_instance(0))
        .unwrap();
    let error = machine.device.set_mig_mode(MigMode::Disabled).unwrap_err();
    assert_eq!(error.code(), Some(ReturnCode::InUse));
    assert_eq!(machine.device.mig_mode().unwrap().current, MigMode::Enabled);
}

#[test]
fn what_a_change_needs_depends_on_the_generation() {
    for (board, needs_reset) in [
        ("a30", true),
        ("h100-sxm5-80gb", false),
        ("rtx-pro-6000-bse", false),
    ] {
        let machine = Machine::with(board);
        assert_eq!(
            machine.device.mig_mode_change_needs_reset().unwrap(),
            needs_reset,
            "{board}"
        );
    }
}

#[test]
fn up_to_driver_535_profiles_are_unknown_while_mig_is_off() {
    for (driver, lists) in [("535.261.03", false), ("550.163.01", true)] {
        let gpu = GpuSpec::new("a30").mig(false);
        let simulator = Simulator::builder()
            .gpu(gpu)
            .driver_version(driver)
            .start()
            .unwrap();
        let machine = Machine::open(simulator);
        assert_eq!(
            machine.device.lists_profiles_while_mig_is_off().unwrap(),
            lists,
            "{driver}"
        );
        match machine.device.gpu_instance_profiles() {
            Ok(profiles) => assert_eq!((lists, profiles.len()), (true, 5)),
            Err(error) => {
                assert!(!lists, "{driver}: {error}");
                assert_eq!(error.cause(), Some(nvml_mig::Cause::MigDisabled));
            }
        }
    }
}
