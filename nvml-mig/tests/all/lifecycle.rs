//! Making, listing, finding and destroying instances, on drivers of all ages.

use crate::support::machine::{BOARDS, Machine, on_each_driver};
use nvml_mig::device::ComputeCapability;
use nvml_mig::instance::{
    ComputeInstanceId, ComputeInstancePlacement, GpuInstanceId, GpuInstancePlacement,
};
use nvml_mig::profile::{ComputeInstanceProfile, GpuInstanceProfile};
use nvml_mig::{AnyDevice, Error, ReturnCode};
use nvml_mig_sim::{Process, nvmlReturn_t};

#[test]
fn the_main_job_on_an_a30() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let profile = machine
            .device
            .gpu_instance_profile(GpuInstanceProfile::Slice4)
            .unwrap();
        assert_eq!((profile.name.as_str(), profile.id.number()), ("4g.24gb", 0));
        assert_eq!(
            (
                profile.slice_count,
                profile.memory_mib,
                profile.multiprocessor_count
            ),
            (4, 24000, 56)
        );

        let gpu_instance = machine.device.create_gpu_instance(profile.id).unwrap();
        assert_eq!(gpu_instance.id().number(), 0);
        assert_eq!(
            gpu_instance.placement(),
            GpuInstancePlacement { start: 0, size: 4 }
        );

        let profile = gpu_instance
            .compute_instance_profile(ComputeInstanceProfile::Slice2)
            .unwrap();
        assert_eq!(
            (profile.name.as_str(), profile.id.number()),
            ("2c.4g.24gb", 1)
        );
        let compute_instance = gpu_instance.create_compute_instance(profile.id).unwrap();
        assert_eq!(compute_instance.id().number(), 0);
        assert_eq!(
            compute_instance.placement(),
            ComputeInstancePlacement { start: 0, size: 2 }
        );

        let mig_device = compute_instance.mig_device().unwrap();
        assert_eq!(mig_device.name().unwrap(), "NVIDIA A30 MIG 2c.4g.24gb");
        assert!(mig_device.uuid().unwrap().starts_with("MIG-"));
        assert_eq!(mig_device.parent().unwrap(), machine.device);
        let attributes = mig_device.attributes().unwrap();
        assert_eq!(
            (attributes.multiprocessor_count, attributes.memory_mib),
            (28, 24000)
        );
        assert_eq!(
            (
                attributes.gpu_instance_slice_count,
                attributes.compute_instance_slice_count
            ),
            (4, 2)
        );
    });
}

#[test]
fn instances_outlive_the_handles_and_nvml() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let gpu_instance = machine.create(0).unwrap();
        let id = gpu_instance.id();
        let profile = gpu_instance
            .compute_instance_profile(ComputeInstanceProfile::Slice4)
            .unwrap();
        let uuid = gpu_instance
            .create_compute_instance(profile.id)
            .unwrap()
            .mig_device()
            .unwrap()
            .uuid()
            .unwrap();
        let Machine {
            device,
            nvml,
            simulator,
        } = machine;
        drop((gpu_instance, device, nvml));

        let machine = Machine::open(simulator);
        assert_eq!(machine.device.gpu_instance_by_id(id).unwrap().id(), id);
        assert_eq!(
            machine
                .nvml
                .mig_device_by_uuid(&uuid)
                .unwrap()
                .uuid()
                .unwrap(),
            uuid
        );
    });
}

#[test]
fn everything_is_listed_also_a_gpu_instance_without_compute_instances() {
    on_each_driver(|driver| {
        let machine = driver.with("a100-sxm4-40gb");
        let four = machine.create(5).unwrap();
        let _three = machine.create(9).unwrap();
        let one_slice = four
            .compute_instance_profile(ComputeInstanceProfile::Slice1)
            .unwrap();
        for _ in 0..4 {
            let _made = four.create_compute_instance(one_slice.id).unwrap();
        }
        let listed = machine.device.gpu_instances().unwrap();
        let ids: Vec<u32> = listed
            .iter()
            .map(|instance| instance.id().number())
            .collect();
        assert_eq!(ids, [1, 2]);
        let compute_ids = |index: usize| -> Vec<u32> {
            let instances = listed[index].compute_instances().unwrap();
            instances
                .iter()
                .map(|instance| instance.id().number())
                .collect()
        };
        assert_eq!(compute_ids(0), [0, 1, 2, 3]);
        assert_eq!(compute_ids(1), [0; 0]);
        assert_eq!(machine.device.mig_devices().unwrap().len(), 4);
        assert_eq!(machine.device.max_mig_device_count().unwrap(), 7);
    });
}

#[test]
fn instances_are_found_by_their_ids() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let made = machine.create(5).unwrap();
        let found = machine.device.gpu_instance_by_id(made.id()).unwrap();
        assert_eq!(
            (found.profile_id(), found.placement()),
            (made.profile_id(), made.placement())
        );
        let missing = machine
            .device
            .gpu_instance_by_id(GpuInstanceId::new(0))
            .unwrap_err();
        assert_eq!(missing.code(), Some(ReturnCode::NotFound));
        assert!(
            missing
                .to_string()
                .contains("GPU instance 1: profile 2g.12gb (id 5) at 0:2"),
            "{missing}"
        );
        let missing = found
            .compute_instance_by_id(ComputeInstanceId::new(3))
            .unwrap_err();
        assert_eq!(missing.code(), Some(ReturnCode::NotFound));
        assert_eq!(
            missing.function(),
            Some("nvmlGpuInstanceGetComputeInstanceById")
        );
    });
}

#[test]
fn a_placement_can_be_chosen() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let profile = machine
            .device
            .gpu_instance_profile_by_name("MIG 1g.6gb")
            .unwrap();
        let possible = machine
            .device
            .gpu_instance_possible_placements(profile.id)
            .unwrap();
        let expected = [0, 1, 2, 3].map(|start| GpuInstancePlacement { start, size: 1 });
        assert_eq!(possible, expected);
        if !driver.takes_placements() {
            let made = machine
                .device
                .create_gpu_instance_at(profile.id, possible[2]);
            assert!(matches!(made, Err(Error::FunctionMissing(_))), "{made:?}");
            return;
        }
        let made = machine
            .device
            .create_gpu_instance_at(profile.id, possible[2])
            .unwrap();
        assert_eq!((made.id().number(), made.placement()), (5, possible[2]));

        let parent = machine.device.create_gpu_instance_at(
            machine
                .device
                .gpu_instance_profile_by_name("2g.12gb")
                .unwrap()
                .id,
            GpuInstancePlacement { start: 0, size: 2 },
        );
        let parent = parent.unwrap();
        let half = parent
            .compute_instance_profile_by_name("1c.2g.12gb")
            .unwrap();
        let second = ComputeInstancePlacement { start: 1, size: 1 };
        if !driver.is_of_cuda_12() {
            let error = parent
                .create_compute_instance_at(half.id, second)
                .unwrap_err();
            assert!(matches!(error, Error::FunctionMissing(_)), "{error}");
            return;
        }
        let possible = parent
            .compute_instance_possible_placements(half.id)
            .unwrap();
        assert_eq!(
            possible,
            [ComputeInstancePlacement { start: 0, size: 1 }, second]
        );
        let made = parent.create_compute_instance_at(half.id, second).unwrap();
        assert_eq!(made.placement(), second);
        assert_eq!(
            parent.compute_instance_remaining_capacity(half.id).unwrap(),
            1
        );
    });
}

#[test]
fn destroying_frees_the_room_and_the_ids() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let gpu_instance = machine.create(0).unwrap();
        let profile = gpu_instance
            .compute_instance_profile_by_name("4g.24gb")
            .unwrap();
        let compute_instance = gpu_instance.create_compute_instance(profile.id).unwrap();
        let uuid = compute_instance.mig_device().unwrap().uuid().unwrap();
        compute_instance.destroy().unwrap();
        assert_eq!(machine.device.mig_devices().unwrap(), []);
        gpu_instance.destroy().unwrap();
        assert!(machine.device.gpu_instances().unwrap().is_empty());

        // The same instances on the same GPU have the same UUID again.
        let again = machine.create(0).unwrap();
        assert_eq!(again.id().number(), 0);
        let again = again.create_compute_instance(profile.id).unwrap();
        assert_eq!(again.mig_device().unwrap().uuid().unwrap(), uuid);
    });
}

#[test]
fn profiles_are_enumerated_to_where_the_driver_ends() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let profiles = machine.device.gpu_instance_profiles().unwrap();
        let mut names: Vec<&str> = profiles
            .iter()
            .map(|profile| profile.name.as_str())
            .collect();
        names.sort_unstable();
        let mut expected = vec!["1g.6gb", "1g.6gb+me", "2g.12gb", "2g.12gb+me", "4g.24gb"];
        // nvml.h has this profile since driver 525.
        expected.retain(|name| driver.is_of_cuda_12() || *name != "2g.12gb+me");
        assert_eq!(names, expected);
        let beyond = machine
            .device
            .gpu_instance_profile(GpuInstanceProfile::Other(63))
            .unwrap_err();
        assert_eq!(beyond.code(), Some(ReturnCode::InvalidArgument));
    });
}

#[test]
fn gpus_are_found_by_index_uuid_and_pci_address() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let uuid = machine.device.uuid().unwrap();
        let pci = machine.device.pci_info().unwrap();
        assert_eq!(machine.nvml.device_by_uuid(&uuid).unwrap(), machine.device);
        assert_eq!(
            machine.nvml.device_by_pci_bus_id(&pci.bus_id).unwrap(),
            machine.device
        );
        // A domain of four digits is the same address.
        let short = pci.bus_id.strip_prefix("0000").unwrap();
        assert_eq!(
            machine.nvml.device_by_pci_bus_id(short).unwrap(),
            machine.device
        );
        assert_eq!(pci.device_id, 0x20B7_10DE);
        assert_eq!(machine.nvml.device_count().unwrap(), 1);
        assert_eq!(machine.device.index().unwrap(), 0);
        assert_eq!(machine.device.name().unwrap(), "NVIDIA A30");
        assert_eq!(machine.device.memory_info().unwrap().total_mib(), 24576);
        assert_eq!(
            machine.device.cuda_compute_capability().unwrap(),
            ComputeCapability::new(8, 0)
        );
    });
}

#[test]
fn every_look_up_leads_back() {
    on_each_driver(|driver| {
        for board in BOARDS {
            let machine = driver.with(board);
            let gpu_instance = machine.create(0).unwrap();
            let profile = gpu_instance
                .compute_instance_profiles()
                .unwrap()
                .swap_remove(0);
            let compute_instance = gpu_instance.create_compute_instance(profile.id).unwrap();
            let mig_device = compute_instance.mig_device().unwrap();
            let (uuid, parent) = (mig_device.uuid().unwrap(), machine.device.uuid().unwrap());

            assert_eq!(mig_device.gpu_instance_id().unwrap(), gpu_instance.id());
            assert_eq!(
                mig_device.compute_instance_id().unwrap(),
                compute_instance.id()
            );
            assert_eq!(
                mig_device.gpu_instance().unwrap().placement(),
                gpu_instance.placement()
            );
            assert_eq!(
                mig_device.compute_instance().unwrap().placement(),
                compute_instance.placement()
            );
            let index = mig_device.index().unwrap();
            assert_eq!(
                machine.device.mig_device_by_index(index).unwrap(),
                Some(mig_device.clone())
            );
            assert_eq!(machine.device.mig_device_by_index(index + 1).unwrap(), None);
            assert_eq!(machine.nvml.mig_device_by_uuid(&uuid).unwrap(), mig_device);
            // The format of drivers before R470.
            let legacy = format!(
                "MIG-{parent}/{}/{}",
                gpu_instance.id(),
                compute_instance.id()
            );
            assert_eq!(
                machine.nvml.mig_device_by_uuid(&legacy).unwrap(),
                mig_device
            );
            assert_eq!(
                machine.nvml.any_device_by_uuid(&uuid).unwrap(),
                AnyDevice::Mig(mig_device)
            );
            let gpu = machine.nvml.any_device_by_uuid(&parent).unwrap();
            assert_eq!(gpu, AnyDevice::Gpu(machine.device.clone()));
            assert_eq!(gpu.to_string(), "GPU");
        }
    });
}

#[test]
fn a_mig_device_tells_its_memory_and_its_processes() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let gpu_instance = machine.create(5).unwrap();
        let profile = gpu_instance
            .compute_instance_profile_by_name("2g.12gb")
            .unwrap();
        let compute_instance = gpu_instance.create_compute_instance(profile.id).unwrap();
        let mig_device = compute_instance.mig_device().unwrap();
        assert_eq!(mig_device.memory_info().unwrap().total_mib(), 11968);
        assert!(mig_device.bar1_info().unwrap().total_bytes > 0);
        assert!(mig_device.processes().unwrap().is_empty());

        let id = gpu_instance.id().number();
        for pid in 1000..1040 {
            let process = Process::new(0, pid)
                .gpu_instance(id)
                .compute_instance(0)
                .name("/usr/bin/python3");
            machine.simulator.busy(process.memory_mib(10)).unwrap();
        }
        let processes = mig_device.processes().unwrap();
        assert_eq!(processes.len(), 40);
        let first = processes
            .iter()
            .find(|process| process.pid == 1000)
            .unwrap();
        assert_eq!(first.name.as_deref(), Some("/usr/bin/python3"));
        assert_eq!(first.used_gpu_memory_bytes, Some(10 << 20));
        let ids = (first.gpu_instance_id, first.compute_instance_id);
        assert_eq!(ids, (Some(gpu_instance.id()), Some(compute_instance.id())));
        assert_eq!(machine.device.processes().unwrap().len(), 40);
    });
}

/// Some drivers answer `INVALID_ARGUMENT` where others answer `NOT_FOUND`.
#[test]
fn an_index_without_a_mig_device_is_no_error() {
    let machine = Machine::with("a30");
    let invalid = nvmlReturn_t::NVML_ERROR_INVALID_ARGUMENT;
    let by_index = "nvmlDeviceGetMigDeviceHandleByIndex";
    machine.simulator.fail(by_index, 0, invalid).unwrap();
    let most = machine.device.max_mig_device_count().unwrap();
    for index in 0..most {
        assert_eq!(machine.device.mig_device_by_index(index).unwrap(), None);
    }
    assert_eq!(machine.device.mig_devices().unwrap(), []);
    let error = machine.device.mig_device_by_index(most).unwrap_err();
    assert_eq!(error.code(), Some(ReturnCode::InvalidArgument));
}
