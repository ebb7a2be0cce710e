//! What a refusal says where a process has no privilege, MIG mode is off, or the machine is a vGPU guest.

use crate::support::machine::on_each_driver;
use nvml_mig::device::MigModeChange;
use nvml_mig::error::Cause;
use nvml_mig::{MigMode, ReturnCode};
use nvml_mig_sim::{Caller, GpuSpec, Simulator, Virtualization, nvmlReturn_t};

use super::assert_says;

#[test]
fn no_permission_names_the_capability_and_the_container_options() {
    on_each_driver(|driver| {
        let builder = Simulator::builder().gpu(GpuSpec::new("a30"));
        let machine = driver.open(builder.caller(Caller::Unprivileged));
        let uuid = machine.device.uuid().unwrap();
        let parts = [
            "NVML_ERROR_NO_PERMISSION (4)",
            &uuid,
            "profile 4g.24gb (id 0)",
            "SYS_ADMIN",
        ];
        let error = machine.create(0).unwrap_err();
        assert_says(
            &error,
            Cause::NoPermission,
            ReturnCode::NoPermission,
            "nvmlDeviceCreateGpuInstance",
            &parts,
        );
        let error = machine.device.set_mig_mode(MigMode::Disabled).unwrap_err();
        assert_says(
            &error,
            Cause::NoPermission,
            ReturnCode::NoPermission,
            "nvmlDeviceSetMigMode",
            &["SYS_ADMIN"],
        );
    });
}

#[test]
fn mig_off_says_how_to_enable_it() {
    on_each_driver(|driver| {
        let machine = driver.of(GpuSpec::new("a30").mig(false));
        let error = machine.create(0).unwrap_err();
        let parts = ["NVML_ERROR_NOT_SUPPORTED (3)", "MIG mode is off", "-mig 1"];
        assert_says(
            &error,
            Cause::MigDisabled,
            ReturnCode::NotSupported,
            "nvmlDeviceCreateGpuInstance",
            &parts,
        );
        assert!(machine.device.gpu_instances().unwrap().is_empty());
        assert_eq!(machine.device.max_mig_device_count().unwrap(), 0);
        assert_eq!(
            machine.device.set_mig_mode(MigMode::Enabled).unwrap(),
            MigModeChange::active(None)
        );
        assert_eq!(machine.create(0).unwrap().id().number(), 0);
    });
}

#[test]
fn a_vgpu_guest_is_told_apart_from_mig_off() {
    on_each_driver(|driver| {
        let machine = driver.of(GpuSpec::new("a30").virtualization(Virtualization::VgpuGuest));
        let error = machine.create(0).unwrap_err();
        assert_says(
            &error,
            Cause::VgpuGuest,
            ReturnCode::NotSupported,
            "nvmlDeviceCreateGpuInstance",
            &["vGPU guest"],
        );
    });
}

/// A whole GPU's memory is refused to a container with a MIG device; nobody who asks that MIG device is sent to it.
#[test]
fn memory_that_is_refused_points_to_a_mig_device_only_from_the_gpu() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let profile = machine.device.gpu_instance_profile_by_name("4g.24gb");
        let _made = machine.device.create_mig_device(profile.unwrap().id);
        let mig_device = machine.device.mig_devices().unwrap().remove(0);
        let refused = nvmlReturn_t::NVML_ERROR_NO_PERMISSION;
        for function in [
            "nvmlDeviceGetMemoryInfo_v2",
            "nvmlDeviceGetMemoryInfo",
            "nvmlDeviceGetBAR1MemoryInfo",
        ] {
            machine.simulator.fail(function, 0, refused).unwrap();
        }
        let of_gpu = [
            machine.device.memory_info().unwrap_err(),
            machine.device.bar1_info().unwrap_err(),
        ];
        let of_mig_device = [
            mig_device.memory_info().unwrap_err(),
            mig_device.bar1_info().unwrap_err(),
        ];
        for (errors, expected) in [(of_gpu, true), (of_mig_device, false)] {
            for error in errors {
                assert_eq!(error.cause(), Some(Cause::NoPermission), "{error}");
                let points = error.to_string().contains("query a MIG device");
                assert_eq!(points, expected, "{error}");
            }
        }
    });
}
