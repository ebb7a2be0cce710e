//! What a refusal says: the C function, the code, the object and the remedy.

use crate::support::machine::on_each_driver;
use nvml_mig::device::MigModeChange;
use nvml_mig::error::Cause;
use nvml_mig::instance::{ComputeInstancePlacement, GpuInstancePlacement};
use nvml_mig::profile::GpuInstanceProfileId;
use nvml_mig::{Error, MigMode, ReturnCode};
use nvml_mig_sim::{
    Caller, GpuSpec, Process, ProcessFilter, Simulator, Virtualization, nvmlReturn_t,
};

/// Asserts the code and the function, and that the sentence holds all parts.
fn assert_says(error: &Error, cause: Cause, code: ReturnCode, function: &str, parts: &[&str]) {
    assert_eq!(error.code(), Some(code), "{error}");
    assert_eq!(error.cause(), Some(cause), "{error}");
    assert_eq!(error.function(), Some(function), "{error}");
    let sentence = error.to_string();
    assert!(sentence.starts_with(function), "{sentence}");
    for part in parts {
        assert!(sentence.contains(part), "{part:?} is not in: {sentence}");
    }
}

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

#[test]
fn no_room_says_what_is_there_and_how_to_remove_it() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let _whole = machine.create(0).unwrap();
        let error = machine.create(5).unwrap_err();
        let parts = [
            "NVML_ERROR_INSUFFICIENT_RESOURCES (23)",
            "profile 2g.12gb (id 5)",
            "GPU instance 0: profile 4g.24gb (id 0) at 0:4",
            " -gi ID -dci",
            " -gi ID -dgi",
        ];
        assert_says(
            &error,
            Cause::NoRoom,
            ReturnCode::InsufficientResources,
            "nvmlDeviceCreateGpuInstance",
            &parts,
        );
    });
}

#[test]
fn an_impossible_placement_says_where_the_profile_can_stand() {
    on_each_driver(|driver| {
        let machine = driver.with("a100-sxm4-40gb");
        let (profile, placement) = (
            GpuInstanceProfileId::new(9),
            GpuInstancePlacement { start: 2, size: 4 },
        );
        let error = machine
            .device
            .create_gpu_instance_at(profile, placement)
            .unwrap_err();
        if !driver.takes_placements() {
            assert!(matches!(error, Error::FunctionMissing(_)), "{error}");
            return;
        }
        let parts = [
            "profile 3g.20gb (id 9)",
            "placement 2:4",
            "only at 0:4, 4:4",
        ];
        assert_says(
            &error,
            Cause::ImpossiblePlacement,
            ReturnCode::InvalidArgument,
            "nvmlDeviceCreateGpuInstanceWithPlacement",
            &parts,
        );
    });
}

#[test]
fn an_occupied_placement_says_what_stands_there() {
    on_each_driver(|driver| {
        if !driver.takes_placements() {
            return;
        }
        let machine = driver.with("a30");
        let (profile, placement) = (
            GpuInstanceProfileId::new(5),
            GpuInstancePlacement { start: 0, size: 2 },
        );
        let _first = machine
            .device
            .create_gpu_instance_at(profile, placement)
            .unwrap();
        let error = machine
            .device
            .create_gpu_instance_at(profile, placement)
            .unwrap_err();
        let parts = [
            "placement 0:2",
            "GPU instance 1: profile 2g.12gb (id 5) at 0:2",
        ];
        assert_says(
            &error,
            Cause::NoRoom,
            ReturnCode::InsufficientResources,
            "nvmlDeviceCreateGpuInstanceWithPlacement",
            &parts,
        );
    });
}

#[test]
fn an_unknown_profile_id_says_what_the_gpu_has() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let error = machine.create(19).unwrap_err();
        let parts = ["profile id 19", "1g.6gb (id 14)", "4g.24gb (id 0)"];
        assert_says(
            &error,
            Cause::NoSuchProfile,
            ReturnCode::InvalidArgument,
            "nvmlDeviceCreateGpuInstance",
            &parts,
        );
    });
}

#[test]
fn a_gpu_instance_in_use_names_its_compute_instances_and_stays_usable() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let gpu_instance = machine.create(0).unwrap();
        let profile = gpu_instance
            .compute_instance_profile_by_name("1c.4g.24gb")
            .unwrap();
        let first = gpu_instance.create_compute_instance(profile.id).unwrap();
        let refused = gpu_instance.destroy().unwrap_err();
        let parts = ["GPU instance 0", "it still has compute instance 0"];
        assert_says(
            &refused.error,
            Cause::InUse,
            ReturnCode::InUse,
            "nvmlGpuInstanceDestroy",
            &parts,
        );
        // The handle came back: the instance is still there and can be used.
        first.destroy().unwrap();
        refused.instance.destroy().unwrap();
        assert!(machine.device.gpu_instances().unwrap().is_empty());
    });
}

#[test]
fn a_busy_compute_instance_is_not_destroyed() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let gpu_instance = machine.create(0).unwrap();
        let profile = gpu_instance
            .compute_instance_profile_by_name("4g.24gb")
            .unwrap();
        let compute_instance = gpu_instance.create_compute_instance(profile.id).unwrap();
        let process = Process::new(0, 4242)
            .gpu_instance(0)
            .compute_instance(0)
            .name("python3");
        machine.simulator.busy(process).unwrap();
        let refused = compute_instance.destroy().unwrap_err();
        let parts = [
            "compute instance 0",
            "process 4242",
            "it is in use by process 4242 (python3): stop these first",
        ];
        assert_says(
            &refused.error,
            Cause::InUse,
            ReturnCode::InUse,
            "nvmlComputeInstanceDestroy",
            &parts,
        );
        machine.simulator.idle(ProcessFilter::default()).unwrap();
        refused.instance.destroy().unwrap();
    });
}

#[test]
fn a_compute_instance_that_the_gpu_instance_does_not_have_says_what_it_has() {
    on_each_driver(|driver| {
        let machine = driver.with("a100-sxm4-40gb");
        let gpu_instance = machine.create(5).unwrap();
        let three = nvml_mig::profile::ComputeInstanceProfileId::new(2);
        let error = gpu_instance.create_compute_instance(three).unwrap_err();
        let parts = [
            "GPU instance 1",
            "profile id 2",
            "1c.4g.20gb (id 0), 2c.4g.20gb (id 1), 4g.20gb (id 3)",
        ];
        assert_says(
            &error,
            Cause::NoSuchProfile,
            ReturnCode::NotSupported,
            "nvmlGpuInstanceCreateComputeInstance",
            &parts,
        );
    });
}

#[test]
fn a_full_gpu_instance_and_an_occupied_place_say_what_is_in_it() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let gpu_instance = machine.create(0).unwrap();
        let half = gpu_instance
            .compute_instance_profile_by_name("2c.4g.24gb")
            .unwrap();
        let _first = gpu_instance.create_compute_instance(half.id).unwrap();
        let occupied = ComputeInstancePlacement { start: 1, size: 2 };
        let error = gpu_instance
            .create_compute_instance_at(half.id, occupied)
            .unwrap_err();
        let function = "nvmlGpuInstanceCreateComputeInstanceWithPlacement";
        if driver.is_of_cuda_12() {
            let parts = [
                "placement 1:2",
                "compute instance 0: profile 2c.4g.24gb (id 1) at 0:2",
            ];
            assert_says(&error, Cause::NoRoom, ReturnCode::InUse, function, &parts);
        } else {
            assert!(matches!(error, Error::FunctionMissing(_)), "{error}");
            assert_eq!(error.function(), Some(function));
        }
        let _second = gpu_instance.create_compute_instance(half.id).unwrap();
        let error = gpu_instance.create_compute_instance(half.id).unwrap_err();
        let function = "nvmlGpuInstanceCreateComputeInstance";
        assert_says(
            &error,
            Cause::NoRoom,
            ReturnCode::InsufficientResources,
            function,
            &["no room", "-gi 0 -ci ID -dci"],
        );
    });
}

#[test]
fn an_instance_that_another_process_destroyed_is_gone() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let ours = machine.create(0).unwrap();
        machine
            .device
            .gpu_instance_by_id(ours.id())
            .unwrap()
            .destroy()
            .unwrap();
        let error = ours.destroy().unwrap_err().error;
        let parts = ["another process destroyed it"];
        assert_says(
            &error,
            Cause::Gone,
            ReturnCode::InvalidArgument,
            "nvmlGpuInstanceDestroy",
            &parts,
        );
    });
}

#[test]
fn devices_that_are_not_there() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let error = machine.nvml.device_by_index(1).unwrap_err();
        assert_says(
            &error,
            Cause::Gone,
            ReturnCode::InvalidArgument,
            "nvmlDeviceGetHandleByIndex_v2",
            &["GPU index 1"],
        );
        let error = machine.nvml.device_by_uuid("GPU-none").unwrap_err();
        assert_eq!(error.function(), Some("nvmlDeviceGetHandleByUUID"));
        let error = machine.nvml.device_by_uuid("MIG-none").unwrap_err();
        assert!(matches!(error, Error::Input(_)), "{error}");
        let error = machine.nvml.mig_device_by_uuid("GPU-none").unwrap_err();
        assert!(matches!(error, Error::Input(_)), "{error}");
        let error = machine.nvml.device_by_uuid("GPU-\0").unwrap_err();
        assert!(matches!(error, Error::Input(_)), "{error}");
    });
}

#[test]
fn profile_names_that_are_not_there_or_no_names() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let error = machine
            .device
            .gpu_instance_profile_by_name("3g.20gb")
            .unwrap_err();
        assert!(
            error
                .to_string()
                .contains("no profile '3g.20gb'; it has 1g.6gb (id 14)"),
            "{error}"
        );
        let error = machine
            .device
            .gpu_instance_profile_by_name("large")
            .unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("'large' is not a profile name"),
            "{error}"
        );
        let error = machine
            .device
            .gpu_instance_profile_by_id(GpuInstanceProfileId::new(99))
            .unwrap_err();
        assert!(error.to_string().contains("no profile id 99"), "{error}");
    });
}

#[test]
fn an_instance_that_can_not_be_read_back_is_not_left_behind() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        machine
            .simulator
            .fail(
                "nvmlGpuInstanceGetInfo",
                1,
                nvmlReturn_t::NVML_ERROR_UNKNOWN,
            )
            .unwrap();
        let error = machine.create(0).unwrap_err();
        assert_says(
            &error,
            Cause::NotReadBack,
            ReturnCode::Unknown,
            "nvmlGpuInstanceGetInfo",
            &["destroyed again"],
        );
        assert!(machine.device.gpu_instances().unwrap().is_empty());

        let gpu_instance = machine.create(0).unwrap();
        let profile = gpu_instance
            .compute_instance_profile_by_name("4g.24gb")
            .unwrap();
        machine
            .simulator
            .fail(
                "nvmlComputeInstanceGetInfo_v2",
                1,
                nvmlReturn_t::NVML_ERROR_UNKNOWN,
            )
            .unwrap();
        let error = gpu_instance
            .create_compute_instance(profile.id)
            .unwrap_err();
        assert_says(
            &error,
            Cause::NotReadBack,
            ReturnCode::Unknown,
            "nvmlComputeInstanceGetInfo_v2",
            &["destroyed again"],
        );
        assert!(gpu_instance.compute_instances().unwrap().is_empty());
    });
}

/// What can't be asked any more can't be named: the sentence says at least what kind of thing it was.
#[test]
fn a_mig_device_that_is_gone_is_told_as_one() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let whole = machine.create(0).unwrap();
        let part = nvml_mig::profile::ComputeInstanceProfileId::new(0);
        let part = whole.create_compute_instance(part).unwrap();
        let mig_device = part.mig_device().unwrap();
        part.destroy().unwrap();
        let error = mig_device.name().unwrap_err();
        let parts = ["it no longer exists: the compute instance of a MIG device was destroyed"];
        let function = "nvmlDeviceGetName";
        assert_says(
            &error,
            Cause::Gone,
            ReturnCode::InvalidArgument,
            function,
            &parts,
        );
        // A GPU that answers is not gone, whatever was wrong.
        machine
            .simulator
            .fail(function, 1, nvmlReturn_t::NVML_ERROR_INVALID_ARGUMENT)
            .unwrap();
        let error = machine.device.name().unwrap_err();
        assert_eq!(error.cause(), None, "{error}");
    });
}

/// NVML refuses a GPU as it refuses a destroyed MIG device.
#[test]
fn a_gpu_that_no_longer_answers_is_not_called_a_mig_device() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let refused = Some(nvmlReturn_t::NVML_ERROR_INVALID_ARGUMENT);
        machine.simulator.refuse_gpu(0, refused).unwrap();
        let error = machine.device.name().unwrap_err();
        assert_eq!(error.cause(), Some(Cause::Gone), "{error}");
        let part = "or NVML no longer opens this GPU";
        assert!(error.to_string().contains(part), "{error}");

        machine.simulator.refuse_gpu(0, None).unwrap();
        let inventory = nvml_mig::inventory::Inventory::read(&machine.device).unwrap();
        let _uuid = inventory.uuid().unwrap();
        machine.simulator.refuse_gpu(0, refused).unwrap();
        let error = machine.device.name().unwrap_err();
        let part = ": NVML no longer opens this GPU";
        assert!(error.to_string().contains(part), "{error}");
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

#[test]
fn a_profile_without_a_name_is_told_by_its_number() {
    let machine = crate::support::machine::Machine::with("a30");
    let beyond = nvml_mig::profile::GpuInstanceProfile::Other(63);
    let error = machine.device.gpu_instance_profile(beyond).unwrap_err();
    assert!(
        error.to_string().contains(", profile number 63: "),
        "{error}"
    );
}
