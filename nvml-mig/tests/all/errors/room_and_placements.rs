//! What a refusal says where there is no room, or the placement is taken or impossible.

use crate::support::machine::on_each_driver;
use nvml_mig::error::Cause;
use nvml_mig::instance::{ComputeInstancePlacement, GpuInstancePlacement};
use nvml_mig::profile::GpuInstanceProfileId;
use nvml_mig::{Error, ReturnCode};

use super::assert_says;

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
