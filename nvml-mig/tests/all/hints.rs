//! What a sentence says where NVML says little, or refuses what is asked it on a refusal.

use crate::support::machine::{Driver, Machine, on_each_driver};
use nvml_mig::device::MigModeChange;
use nvml_mig::error::Cause;
use nvml_mig::profile::ComputeInstanceProfileId;
use nvml_mig::{Error, MigMode, ReturnCode};
use nvml_mig_sim::{GpuSpec, Process, ProcessKind, nvmlReturn_t};

const IN_USE: u32 = 19;
const RESET_REQUIRED: u32 = 16;
const NO_ROOM: u32 = 23;
const UNKNOWN: u32 = 999;

fn fail(machine: &Machine, function: &str, code: u32) {
    machine
        .simulator
        .fail(function, 1, nvmlReturn_t(code))
        .unwrap();
}

fn assert_says(error: &Error, cause: Option<Cause>, part: &str) {
    assert_eq!(error.cause(), cause, "{error}");
    assert!(error.to_string().contains(part), "{error}");
}

fn on_an_a30(body: impl Fn(&Machine)) {
    on_each_driver(|driver: Driver| body(&driver.with("a30")));
}

#[test]
fn users_that_nvml_does_not_tell() {
    on_an_a30(|machine| {
        fail(machine, "nvmlDeviceCreateGpuInstance", IN_USE);
        let error = machine.create(0).unwrap_err();
        let part = "it is in use, but NVML lists no process on it; stop programs";
        assert_says(&error, Some(Cause::InUse), part);

        let whole = machine.create(0).unwrap();
        let part = ComputeInstanceProfileId::new(0);
        let part = whole.create_compute_instance(part).unwrap();
        fail(machine, "nvmlComputeInstanceDestroy", IN_USE);
        let refused = part.destroy().unwrap_err();
        let says = "it is in use, but NVML lists no process on it";
        assert_says(&refused.error, Some(Cause::InUse), says);
        refused.instance.destroy().unwrap();

        fail(machine, "nvmlGpuInstanceDestroy", IN_USE);
        let refused = whole.destroy().unwrap_err();
        let says = "it is in use, but NVML lists no process on it";
        assert_says(&refused.error, Some(Cause::InUse), says);
    });
}

/// Programs that hold a GPU or an instance without being in a list, for whatever is refused because of them.
const HOLDERS: [&str; 6] = [
    "DCGM",
    "its exporter",
    "nvidia-persistenced",
    "Xorg",
    "device plugin",
    "nvidia_drm",
];

fn assert_names_holders(text: &str) {
    for holder in HOLDERS {
        assert!(text.contains(holder), "{text}");
    }
}

#[test]
fn the_usual_holders_are_named_whatever_is_refused() {
    on_an_a30(|machine| {
        let refused = |error: &Error| {
            assert_eq!(error.cause(), Some(Cause::InUse), "{error}");
            assert_names_holders(&error.to_string());
        };
        fail(machine, "nvmlDeviceCreateGpuInstance", IN_USE);
        refused(&machine.create(0).unwrap_err());
        let whole = machine.create(0).unwrap();
        let part = ComputeInstanceProfileId::new(0);
        fail(machine, "nvmlGpuInstanceCreateComputeInstance", IN_USE);
        refused(&whole.create_compute_instance(part).unwrap_err());
        let part = whole.create_compute_instance(part).unwrap();
        fail(machine, "nvmlComputeInstanceDestroy", IN_USE);
        let kept = part.destroy().unwrap_err();
        refused(&kept.error);
        kept.instance.destroy().unwrap();
        fail(machine, "nvmlGpuInstanceDestroy", IN_USE);
        refused(&whole.destroy().unwrap_err().error);
        fail(machine, "nvmlDeviceSetMigMode", IN_USE);
        refused(&machine.device.set_mig_mode(MigMode::Disabled).unwrap_err());
    });
}

/// Codes that mean the same whatever was asked (nvml.h).
#[test]
fn looking_up_a_mig_device_has_a_hint_for_each_code_with_a_meaning() {
    let expected = [
        (1, Cause::ShutDown),
        (4, Cause::NoPermission),
        (15, Cause::GpuBroken),
        (16, Cause::GpuBroken),
        (18, Cause::DriverVersionMismatch),
        (NO_ROOM, Cause::OutOfResources),
    ];
    let machine = Machine::with("a30");
    let profile = machine.device.gpu_instance_profile_by_name("4g.24gb");
    let made = machine.device.create_mig_device(profile.unwrap().id);
    let made = made.unwrap().compute_instance().unwrap();
    let selector = "0:0".parse().unwrap();
    for (code, cause) in expected {
        let function = "nvmlDeviceGetMigDeviceHandleByIndex";
        let simulator = &machine.simulator;
        simulator.fail(function, 0, nvmlReturn_t(code)).unwrap();
        let (gpu_instance, id) = (made.gpu_instance_id(), made.id());
        for error in [
            made.mig_device().unwrap_err(),
            machine.device.mig_device_by_index(0).unwrap_err(),
            machine
                .device
                .mig_device_by_ids(gpu_instance, id)
                .unwrap_err(),
            machine.device.mig_devices().unwrap_err(),
            machine.nvml.find_device(&selector).unwrap_err(),
        ] {
            assert_eq!(error.cause(), Some(cause), "{error}");
        }
        simulator.clear_faults().unwrap();
    }
}

/// DCGM keeps a handle open: the change is recorded, and does not take effect.
#[test]
fn the_usual_holders_are_named_for_a_change_that_is_pending() {
    let machine = Machine::of(GpuSpec::new("a30").mig(false));
    let unlisted = Process::new(0, 4242).kind(ProcessKind::Unlisted);
    machine.simulator.busy(unlisted).unwrap();
    let change = machine.device.set_mig_mode(MigMode::Enabled).unwrap();
    assert_eq!(change, MigModeChange::pending(Some(ReturnCode::InUse)));
    let hint = machine.device.pending_mig_mode_hint(ReturnCode::InUse);
    assert_names_holders(&hint.unwrap());
    let other = machine
        .device
        .pending_mig_mode_hint(ReturnCode::ResetRequired);
    assert_eq!(other, None);
}

/// Slices that another compute instance has are not held by a program.
#[test]
fn a_placement_in_use_is_occupied_or_held() {
    let machine = Machine::with("a30");
    let whole = machine.create(0).unwrap();
    let part = ComputeInstanceProfileId::new(0);
    let place = |start| nvml_mig::instance::ComputeInstancePlacement { start, size: 1 };
    let _made = whole.create_compute_instance_at(part, place(0)).unwrap();
    let refused = |start| {
        let function = "nvmlGpuInstanceCreateComputeInstanceWithPlacement";
        fail(&machine, function, IN_USE);
        whole
            .create_compute_instance_at(part, place(start))
            .unwrap_err()
    };
    let occupied = "existing instances: compute instance 0";
    assert_says(&refused(0), Some(Cause::NoRoom), occupied);
    assert_says(
        &refused(1),
        Some(Cause::InUse),
        "it is in use, but NVML lists no process",
    );
    let process = Process::new(0, 4242).gpu_instance(whole.id().number());
    machine.simulator.busy(process).unwrap();
    let held = "its GPU instance is in use by process 4242";
    assert_says(&refused(1), Some(Cause::InUse), held);
}

/// Whether there are processes was not found out.
#[test]
fn processes_that_can_not_be_read() {
    on_an_a30(|machine| {
        let simulator = &machine.simulator;
        for version in ["", "_v2", "_v3"] {
            let list = format!("nvmlDeviceGetComputeRunningProcesses{version}");
            // Drivers lack some of them.
            let _missing = simulator.fail(&list, 0, nvmlReturn_t(UNKNOWN));
        }
        fail(machine, "nvmlDeviceCreateGpuInstance", IN_USE);
        let error = machine.create(0).unwrap_err();
        let part = "it is in use, and the processes on it could not be read; stop programs";
        assert_says(&error, Some(Cause::InUse), part);
        assert!(!error.to_string().contains("lists no process"), "{error}");
    });
}

#[test]
fn a_process_without_a_name() {
    on_an_a30(|machine| {
        machine.simulator.busy(Process::new(0, 4242)).unwrap();
        fail(machine, "nvmlSystemGetProcessName", 6);
        let error = machine.create(0).unwrap_err();
        let part = "in use by process 4242: stop these first";
        assert_says(&error, Some(Cause::InUse), part);
    });
}

#[test]
fn a_change_of_mode_that_is_refused_says_what_is_there() {
    on_an_a30(|machine| {
        let _half = machine.create(5).unwrap();
        fail(machine, "nvmlDeviceSetMigMode", IN_USE);
        let error = machine.device.set_mig_mode(MigMode::Disabled).unwrap_err();
        let part = "existing instances: GPU instance 1: profile 2g.12gb (id 5) at 0:2";
        assert_says(&error, Some(Cause::InUse), part);
        for holder in ["DCGM", "nvidia-persistenced", "Xorg", "nvidia_drm"] {
            assert!(error.to_string().contains(holder), "{error}");
        }
    });
}

#[test]
fn a_change_of_mode_that_is_refused_names_the_processes() {
    on_an_a30(|machine| {
        machine.simulator.busy(Process::new(0, 4242)).unwrap();
        fail(machine, "nvmlDeviceSetMigMode", IN_USE);
        let error = machine.device.set_mig_mode(MigMode::Disabled).unwrap_err();
        let part = "in use by process 4242";
        assert_says(&error, Some(Cause::InUse), part);
    });
}

/// What can't be found out is left out.
#[test]
fn an_explanation_that_fails_too() {
    on_an_a30(|machine| {
        let simulator = &machine.simulator;
        simulator
            .fail("nvmlDeviceGetUUID", 0, nvmlReturn_t(UNKNOWN))
            .unwrap();
        fail(machine, "nvmlDeviceGetName", RESET_REQUIRED);
        let error = machine.device.name().unwrap_err();
        assert_says(&error, Some(Cause::GpuBroken), "reset");
        assert!(!error.to_string().contains("GPU-"), "{error}");
        simulator.clear_faults().unwrap();
        simulator
            .fail("nvmlDeviceGetMigMode", 0, nvmlReturn_t(UNKNOWN))
            .unwrap();
        fail(machine, "nvmlDeviceCreateGpuInstance", NO_ROOM);
        let error = machine.create(0).unwrap_err();
        let part = "the existing GPU instances could not be read";
        assert_says(&error, Some(Cause::NoRoom), part);
    });
}

#[test]
fn an_instance_that_can_neither_be_read_nor_destroyed() {
    on_an_a30(|machine| {
        fail(machine, "nvmlGpuInstanceGetInfo", UNKNOWN);
        fail(machine, "nvmlGpuInstanceDestroy", UNKNOWN);
        let error = machine.create(0).unwrap_err();
        let part = "could neither be read back nor destroyed: destroy it with `nvidia-smi mig`";
        assert_says(&error, Some(Cause::NotReadBack), part);
        assert_eq!(machine.device.gpu_instances().unwrap().len(), 1);
    });
}

#[test]
fn a_code_without_a_name_is_kept() {
    on_an_a30(|machine| {
        fail(machine, "nvmlDeviceGetName", 77);
        let error = machine.device.name().unwrap_err();
        assert_eq!(error.code(), Some(ReturnCode::Other(77)));
        assert_eq!(error.code().map(ReturnCode::number), Some(77));
        assert_says(&error, None, "a code unknown to this crate (77)");
    });
}
