//! Changing MIG mode: a mode that is only pending is never reported as active.

use crate::support::machine::{BOARDS, on_each_driver};
use nvml_mig::device::{MigModeChange, MigModes};
use nvml_mig::error::Cause;
use nvml_mig::{MigMode, ReturnCode};
use nvml_mig_sim::{GpuSpec, Process, Virtualization, nvmlReturn_t};

#[test]
fn an_idle_ampere_changes_at_once() {
    on_each_driver(|driver| {
        let machine = driver.of(GpuSpec::new("a30").mig(false));
        assert_eq!(
            machine.device.set_mig_mode(MigMode::Enabled).unwrap(),
            MigModeChange::active(None)
        );
        let modes = MigModes::new(MigMode::Enabled, MigMode::Enabled);
        assert_eq!(machine.device.mig_mode().unwrap(), modes);
    });
}

#[test]
fn a_busy_ampere_stays_pending() {
    on_each_driver(|driver| {
        let machine = driver.of(GpuSpec::new("a30").mig(false));
        machine.simulator.busy(Process::new(0, 4242)).unwrap();
        let pending = MigModeChange::pending(Some(ReturnCode::InUse));
        assert_eq!(
            machine.device.set_mig_mode(MigMode::Enabled).unwrap(),
            pending
        );
        let modes = MigModes::new(MigMode::Disabled, MigMode::Enabled);
        assert_eq!(machine.device.mig_mode().unwrap(), modes);
        let error = machine.create(0).unwrap_err();
        assert!(
            error.to_string().contains("until the GPU is reset"),
            "{error}"
        );
    });
}

#[test]
fn a_pass_through_ampere_needs_a_reset_from_outside() {
    on_each_driver(|driver| {
        let gpu = GpuSpec::new("a30")
            .mig(false)
            .virtualization(Virtualization::PassThrough);
        let machine = driver.of(gpu);
        let pending = MigModeChange::pending(Some(ReturnCode::ResetRequired));
        assert_eq!(
            machine.device.set_mig_mode(MigMode::Enabled).unwrap(),
            pending
        );
    });
}

#[test]
fn a_busy_hopper_refuses_to_leave_mig() {
    on_each_driver(|driver| {
        let machine = driver.with("h100-sxm5-80gb");
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
        assert_eq!(
            machine.device.mig_mode().unwrap().current(),
            MigMode::Enabled
        );
    });
}

#[test]
fn what_a_change_needs_depends_on_the_generation() {
    on_each_driver(|driver| {
        for (board, needs_reset) in [
            ("a30", true),
            ("h100-sxm5-80gb", false),
            ("rtx-pro-6000-bse", false),
        ] {
            let machine = driver.with(board);
            assert_eq!(
                machine.device.mig_mode_change_needs_reset().unwrap(),
                needs_reset,
                "{board}"
            );
        }
    });
}

#[test]
fn up_to_driver_535_profiles_are_unknown_while_mig_is_off() {
    on_each_driver(|driver| {
        let lists = driver.0 == "550.163.01";
        let machine = driver.of(GpuSpec::new("a30").mig(false));
        assert_eq!(
            machine.device.lists_profiles_with_mig_disabled().unwrap(),
            lists,
            "{}",
            driver.0
        );
        match machine.device.gpu_instance_profiles() {
            Ok(profiles) => assert_eq!((lists, profiles.len()), (true, 5)),
            Err(error) => {
                assert!(!lists, "{error}");
                assert_eq!(error.cause(), Some(Cause::MigDisabled));
            }
        }
    });
}

#[test]
fn a_vgpu_guest_and_a_gpu_without_mig_are_told_apart() {
    on_each_driver(|driver| {
        for board in BOARDS {
            let guest = GpuSpec::new(board).virtualization(Virtualization::VgpuGuest);
            let error = driver.of(guest).device.set_mig_mode(MigMode::Disabled);
            let error = error.unwrap_err();
            assert_eq!(error.code(), Some(ReturnCode::NotSupported));
            assert_eq!(error.cause(), Some(Cause::VgpuGuest), "{error}");

            let machine = driver.with(board);
            for function in ["nvmlDeviceGetMigMode", "nvmlDeviceSetMigMode"] {
                machine
                    .simulator
                    .fail(function, 0, nvmlReturn_t::NVML_ERROR_NOT_SUPPORTED)
                    .unwrap();
            }
            for error in [
                machine.device.mig_mode().unwrap_err(),
                machine.device.set_mig_mode(MigMode::Enabled).unwrap_err(),
            ] {
                assert_eq!(error.cause(), Some(Cause::NotMigCapable), "{error}");
                assert!(error.to_string().contains("this GPU has no MIG"), "{error}");
            }
        }
    });
}

#[test]
fn a_mode_that_the_driver_does_not_know_is_refused() {
    on_each_driver(|driver| {
        for board in BOARDS {
            let machine = driver.with(board);
            let error = machine.device.set_mig_mode(MigMode::Other(2)).unwrap_err();
            assert_eq!(error.code(), Some(ReturnCode::InvalidArgument), "{error}");
            assert_eq!(
                machine.device.mig_mode().unwrap().pending(),
                MigMode::Enabled
            );
        }
    });
}

#[test]
fn a_minor_number_that_is_not_known_is_not_told_as_moved() {
    on_each_driver(|driver| {
        let machine = driver.of(GpuSpec::new("a30").mig(false));
        let failed = machine.simulator.fail(
            "nvmlDeviceGetMinorNumber",
            1,
            nvmlReturn_t::NVML_ERROR_NOT_SUPPORTED,
        );
        failed.unwrap();
        let change = machine.device.set_mig_mode(MigMode::Enabled).unwrap();
        assert_eq!(change, MigModeChange::active(None));
    });
}
