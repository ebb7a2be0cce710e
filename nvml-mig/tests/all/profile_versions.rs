//! Drivers that know version 2 of the profile structures, or only 1: what is read is the same, and which version it
//! is is asked once.

use crate::support::machine::{BOARDS, Machine};
use nvml_mig::profile::{
    ComputeInstanceProfile, ComputeInstanceProfileInfo, GpuInstanceProfile, GpuInstanceProfileInfo,
};
use nvml_mig::{GpuInstance, ReturnCode};
use nvml_mig_sim::{GpuSpec, ProfileVersion, Simulator, UnknownVersion};

/// Each driver, and how many of its refusals come before the version that it knows.
const DRIVERS: [(ProfileVersion, UnknownVersion, usize); 4] = [
    (ProfileVersion::V2, UnknownVersion::InvalidArgument, 1),
    (
        ProfileVersion::V2,
        UnknownVersion::ArgumentVersionMismatch,
        1,
    ),
    (ProfileVersion::V1, UnknownVersion::InvalidArgument, 2),
    (
        ProfileVersion::V1,
        UnknownVersion::ArgumentVersionMismatch,
        2,
    ),
];

fn machine(board: &str, newest: ProfileVersion, unknown: UnknownVersion) -> Machine {
    let builder = Simulator::builder().gpu(GpuSpec::new(board));
    let simulator = builder.profile_versions(newest, unknown).start();
    Machine::open(simulator.unwrap())
}

fn gpu_profiles(machine: &Machine) -> Vec<GpuInstanceProfileInfo> {
    machine.device.gpu_instance_profiles().unwrap()
}

/// Of the whole GPU's instance. Versions 1 and 2 do not say whether graphics works, so that is left out.
fn compute_profiles(whole: &GpuInstance) -> Vec<ComputeInstanceProfileInfo> {
    let mut profiles = whole.compute_instance_profiles().unwrap();
    profiles.iter_mut().for_each(|it| it.graphics = false);
    profiles
}

#[test]
fn profiles_are_the_same_in_every_version() {
    for board in BOARDS {
        let newest = Machine::with(board);
        let whole = newest.create(0).unwrap();
        for (version, unknown, _) in DRIVERS {
            let older = machine(board, version, unknown);
            assert_eq!(gpu_profiles(&older), gpu_profiles(&newest), "{version:?}");
            let inside = compute_profiles(&older.create(0).unwrap());
            assert_eq!(inside, compute_profiles(&whole), "{version:?}");
        }
    }
}

#[test]
fn the_enumeration_ends_where_the_driver_says() {
    for board in BOARDS {
        for (version, unknown, _) in DRIVERS {
            let machine = machine(board, version, unknown);
            // Asked first, before any answer has told which version the driver knows.
            let beyond = GpuInstanceProfile::Other(63);
            let error = machine.device.gpu_instance_profile(beyond).unwrap_err();
            assert_eq!(error.code(), Some(ReturnCode::InvalidArgument), "{error}");
            let hole = GpuInstanceProfile::Slice6;
            let error = machine.device.gpu_instance_profile(hole).unwrap_err();
            assert_eq!(error.code(), Some(ReturnCode::NotSupported), "{error}");
            let whole = machine.create(0).unwrap();
            let beyond = ComputeInstanceProfile::Other(63);
            let error = whole.compute_instance_profile(beyond).unwrap_err();
            assert_eq!(error.code(), Some(ReturnCode::InvalidArgument), "{error}");
        }
    }
}

#[test]
fn the_version_is_found_out_once_for_all_gpus() {
    for (version, unknown, refusals) in DRIVERS {
        let builder = Simulator::builder()
            .gpu(GpuSpec::new("a30"))
            .gpu(GpuSpec::new("h100-sxm5-80gb"));
        let builder = builder.profile_versions(version, unknown);
        let machine = Machine::open(builder.start().unwrap());
        machine.simulator.log_calls(true).unwrap();
        for _ in 0..2 {
            for (device, count) in machine.nvml.devices().unwrap().iter().zip([5, 7]) {
                assert_eq!(device.gpu_instance_profiles().unwrap().len(), count);
            }
        }
        let whole = machine.create(0).unwrap();
        for _ in 0..2 {
            whole.compute_instance_profiles().unwrap();
        }
        let calls = machine.simulator.calls().unwrap();
        let refused = |function: &str, code: u32| {
            let of = calls.iter().filter(|call| call.function == function);
            of.filter(|call| call.code == code).count()
        };
        let (gpu, compute) = (
            "nvmlDeviceGetGpuInstanceProfileInfoV",
            "nvmlGpuInstanceGetComputeInstanceProfileInfoV",
        );
        match (version, unknown) {
            // Only version words get this code.
            (_, UnknownVersion::ArgumentVersionMismatch) => {
                assert_eq!(refused(gpu, 25), refusals, "{version:?}");
                assert_eq!(refused(compute, 25), refusals, "{version:?}");
            }
            // The function with version words is not asked again, so no end of an enumeration is among these.
            (ProfileVersion::V1, _) => {
                assert_eq!(refused(gpu, 2), refusals);
                assert_eq!(refused(compute, 2), refusals);
            }
            // Each of four enumerations of GPU instance profiles, and two of the others, ends with one too.
            _ => {
                assert_eq!(refused(gpu, 2), refusals + 4);
                assert_eq!(refused(compute, 2), refusals + 2);
            }
        }
    }
}
