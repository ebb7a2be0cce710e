//! A MIG device with both of its instances in one call, and what is left if that fails.

use crate::support::machine::{BOARDS, Machine, on_each_driver};
use nvml_mig::profile::GpuInstanceProfileId;
use nvml_mig::{AnyDevice, ReturnCode};
use nvml_mig_sim::{GpuSpec, nvmlReturn_t};

/// The compute instance takes all multiprocessors of each profile.
#[test]
fn it_takes_the_whole_gpu_instance() {
    on_each_driver(|driver| {
        for board in BOARDS {
            let machine = driver.with(board);
            for profile in machine.device.gpu_instance_profiles().unwrap() {
                let mig_device = machine.device.create_mig_device(profile.id).unwrap();
                let count = mig_device.attributes().unwrap().multiprocessor_count;
                assert_eq!(
                    count, profile.multiprocessor_count,
                    "{board} {}",
                    profile.name
                );
                assert_eq!(mig_device.profile().unwrap(), profile.name);
                let gpu_instance = mig_device.gpu_instance().unwrap();
                assert_eq!(gpu_instance.profile_id(), profile.id);
                gpu_instance.destroy_with_compute_instances().unwrap();
            }
        }
    });
}

/// `1_SLICE` has 16 of the 26 multiprocessors of a 1g.20gb on an H100 SXM, and `1_SLICE_REV1` (id 7) all of them.
#[test]
fn the_default_profile_of_a_double_memory_1g_has_all_multiprocessors() {
    let machine = Machine::with("h100-sxm5-80gb");
    let gpu_instance = machine.create(15).unwrap();
    let profile = gpu_instance.default_compute_instance_profile().unwrap();
    assert_eq!((profile.id.number(), profile.multiprocessor_count), (7, 26));
}

#[test]
fn a_step_that_fails_leaves_nothing() {
    let machine = Machine::with("a30");
    let profile = GpuInstanceProfileId::new(0);
    for function in [
        "nvmlGpuInstanceGetComputeInstanceProfileInfoV",
        "nvmlGpuInstanceCreateComputeInstance",
        "nvmlDeviceGetMigDeviceHandleByIndex",
    ] {
        let refused = nvmlReturn_t::NVML_ERROR_UNKNOWN;
        machine.simulator.fail(function, 0, refused).unwrap();
        let error = machine.device.create_mig_device(profile).unwrap_err();
        assert_eq!(error.code(), Some(ReturnCode::Unknown), "{function}");
        machine.simulator.clear_faults().unwrap();
        let left = machine.device.gpu_instances().unwrap();
        assert!(left.is_empty(), "{function}: {left:?}");
    }
}

#[test]
fn what_could_not_be_destroyed_again_is_named() {
    let machine = Machine::with("a30");
    for function in [
        "nvmlGpuInstanceCreateComputeInstance",
        "nvmlGpuInstanceDestroy",
    ] {
        let refused = nvmlReturn_t::NVML_ERROR_UNKNOWN;
        machine.simulator.fail(function, 0, refused).unwrap();
    }
    let profile = GpuInstanceProfileId::new(0);
    let error = machine.device.create_mig_device(profile).unwrap_err();
    assert_eq!(
        error.function(),
        Some("nvmlGpuInstanceCreateComputeInstance")
    );
    let text = error.to_string();
    let note = "GPU instance 0 was created for it and could not be destroyed again: nvmlGpuInstanceDestroy";
    assert!(text.contains(note), "{text}");
}

#[test]
fn a_device_of_either_kind() {
    let machine = Machine::with("a30");
    let mig_device = machine
        .device
        .create_mig_device(GpuInstanceProfileId::new(5));
    let mig_device = mig_device.unwrap();
    for uuid in [machine.device.uuid().unwrap(), mig_device.uuid().unwrap()] {
        let either: AnyDevice = machine.nvml.any_device_by_uuid(&uuid).unwrap();
        assert_eq!(either.uuid().unwrap(), uuid);
        assert_eq!(either.gpu().unwrap(), machine.device);
        let is_mig = uuid.starts_with("MIG-");
        let name = if is_mig {
            "NVIDIA A30 MIG 2g.12gb"
        } else {
            "NVIDIA A30"
        };
        assert_eq!(either.name().unwrap(), name);
        let mib = if is_mig { 11968 } else { 24576 };
        assert_eq!(either.memory_info().unwrap().total_mib(), mib);
    }
}

#[test]
fn whether_mig_mode_is_on() {
    for (board, enabled) in [("t4", false), ("a30", true)] {
        let device = Machine::with(board).device;
        assert_eq!(device.is_mig_enabled().unwrap(), enabled);
    }
    let off = Machine::of(GpuSpec::new("a30").mig(false));
    assert!(!off.device.is_mig_enabled().unwrap());
}
