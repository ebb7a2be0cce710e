//! One reading of a GPU: what it has, in the order of ids, on GPUs with and without MIG mode.

use crate::support::machine::Machine;
use nvml_mig::instance::{ComputeInstanceId, GpuInstanceId};
use nvml_mig::inventory::{Inventory, LiveGpuInstance};
use nvml_mig::plan::{GpuModel, PlacedGpuInstance, PresentGpuInstance};
use nvml_mig::profile::{ComputeInstanceProfileId, GpuInstanceProfileId, ReportedName};
use nvml_mig::{MigMode, ReturnCode};
use nvml_mig_sim::{Caller, GpuSpec, Simulator};

/// An A100 with a 3g.20gb of two compute instances, a 2g.10gb without any and a 1g.5gb with one.
fn scene() -> Machine {
    let machine = Machine::with("a100-sxm4-40gb");
    let half = machine.create(9).unwrap();
    for _ in 0..2 {
        let one = ComputeInstanceProfileId::new(0);
        let _made = half.create_compute_instance(one).unwrap();
    }
    let _made = machine.create(14).unwrap();
    let eighth = machine.create(19).unwrap();
    let _made = eighth.create_compute_instance(ComputeInstanceProfileId::new(0));
    machine
}

#[test]
fn it_has_what_the_single_questions_give() {
    let machine = scene();
    let device = &machine.device;
    let inventory = Inventory::read(device).unwrap();
    assert_eq!(inventory.device(), device);
    assert_eq!(inventory.mig_modes(), Some(device.mig_mode().unwrap()));
    assert_eq!(inventory.uuid().unwrap(), device.uuid().unwrap());
    assert_eq!(inventory.name().unwrap(), device.name().unwrap());
    assert_eq!(inventory.index().unwrap(), device.index().unwrap());
    assert_eq!(inventory.pci_info().unwrap(), device.pci_info().unwrap());
    assert_eq!(
        inventory.profiles().unwrap(),
        device.gpu_instance_profiles().unwrap()
    );
    let half = GpuInstanceProfileId::new(9);
    let places = inventory.possible_placements(half).unwrap();
    assert_eq!(
        places.iter().map(|place| place.start).collect::<Vec<_>>(),
        [0, 4]
    );

    let live = inventory.gpu_instances().unwrap().iter();
    let found: Vec<(u32, Vec<u32>)> = live
        .map(|live| {
            let inside = live.compute_instances.iter();
            let ids = inside.map(|inside| inside.id().number());
            (live.gpu_instance.id().number(), ids.collect())
        })
        .collect();
    // 3g.20gb takes a half, 2g.10gb a quarter of the other, and 1g.5gb an eighth of the rest of that.
    assert_eq!(found.len(), 3);
    assert!(found.is_sorted());
    assert_eq!(found[0], (2, vec![0, 1]));
    assert!(found[1].1.is_empty());
    assert_eq!(found[2].1, [0]);
    let names: Vec<String> = inventory
        .partition()
        .unwrap()
        .into_iter()
        .map(|one| one.to_string())
        .collect();
    assert!(names[0].starts_with("GPU instance 3g.20gb at 4:4 with compute instance 1c.3g.20gb"));
    assert!(names[1].ends_with("without a compute instance"));

    assert_eq!(inventory.model().unwrap(), GpuModel::read(device).unwrap());
    let kept = inventory.into_gpu_instances().unwrap();
    assert_eq!(kept[1].gpu_instance.profile().unwrap().name, "2g.10gb");
}

#[test]
fn mig_devices_are_those_that_nvml_lists() {
    let machine = scene();
    let inventory = Inventory::read(&machine.device).unwrap();
    let read = inventory.mig_devices().unwrap();
    let listed = machine.device.mig_devices().unwrap();
    assert_eq!((read.len(), listed.len()), (3, 3));
    for (read, listed) in read.iter().zip(&listed) {
        assert_eq!(&read.mig_device, listed);
        assert_eq!(read.index, listed.index().unwrap());
        assert_eq!(read.uuid, listed.uuid().unwrap());
        assert_eq!(read.name, listed.name().unwrap());
        assert_eq!(read.gpu_instance_id, listed.gpu_instance_id().unwrap());
        let inside = listed.compute_instance_id().unwrap();
        assert_eq!(read.compute_instance_id, inside);
    }
    assert_eq!(read[1].gpu_instance_id, GpuInstanceId::new(2));
    assert_eq!(read[1].compute_instance_id, ComputeInstanceId::new(1));
}

/// What is kept with the library are names, and never what stands there.
#[test]
fn a_second_reading_sees_what_has_changed() {
    let machine = scene();
    let before = Inventory::read(&machine.device).unwrap();
    let uuids = |inventory: &Inventory| -> Vec<String> {
        let devices = inventory.mig_devices().unwrap();
        devices.into_iter().map(|device| device.uuid).collect()
    };
    let old = uuids(&before);
    for live in before.into_gpu_instances().unwrap() {
        live.gpu_instance.destroy_with_compute_instances().unwrap();
    }
    let empty = Inventory::read(&machine.device).unwrap();
    assert!(empty.gpu_instances().unwrap().is_empty());
    assert!(empty.mig_devices().unwrap().is_empty());
    // The same compute instance in the same place, and another in the GPU instance of another profile.
    let half = machine.create(9).unwrap();
    let _made = half.create_compute_instance(ComputeInstanceProfileId::new(2));
    let after = Inventory::read(&machine.device).unwrap();
    assert_eq!(uuids(&after), old[..1]);
    let devices = after.mig_devices().unwrap();
    assert_eq!(devices[0].name, "NVIDIA A100-SXM4-40GB MIG 3g.20gb");
}

#[test]
fn an_instance_as_data_is_the_same_however_it_was_read() {
    let machine = scene();
    let inventory = Inventory::read(&machine.device).unwrap();
    let partition = inventory.partition().unwrap();
    let live = inventory.gpu_instances().unwrap().iter();
    let from_live: Vec<_> = live.map(LiveGpuInstance::placed).collect();
    let present = inventory.present().unwrap();
    let from_present: Vec<_> = present.iter().map(PresentGpuInstance::placed).collect();
    assert_eq!(partition, from_live);
    assert_eq!(partition, from_present);
    let mut busy = present.clone();
    busy[0].busy = !busy[0].busy;
    assert!(PresentGpuInstance::are_same(&present, &busy));
    assert!(!PresentGpuInstance::are_same(&present, &busy[1..]));
    // The order does not count, nor does what a driver calls a profile; every instance does.
    let mut other = partition.clone();
    other.reverse();
    other[0].name = ReportedName::from("another name");
    assert!(PlacedGpuInstance::are_same(&partition, &other));
    assert!(!PlacedGpuInstance::are_same(&partition, &other[1..]));
    other[0].compute_instances.pop();
    assert!(!PlacedGpuInstance::are_same(&partition, &other));
}

/// Another process makes a compute instance between the look at the instances and that at the MIG devices: each UUID stays
/// that of its own instance, in this reading and in the next.
#[test]
fn a_mig_device_that_came_later_is_not_taken_for_another() {
    let machine = Machine::with("a100-sxm4-40gb");
    let half = machine.create(9).unwrap();
    let profile = ComputeInstanceProfileId::new(0);
    let first = half.create_compute_instance(profile).unwrap();
    let second = half.create_compute_instance(profile).unwrap();
    let uuids = [&first, &second].map(|made| made.mig_device().unwrap().uuid().unwrap());
    first.destroy().unwrap();
    let inventory = Inventory::read(&machine.device).unwrap();
    let _again = half.create_compute_instance(profile).unwrap();
    let listed = |inventory: &Inventory| -> Vec<(u32, String)> {
        let devices = inventory.mig_devices().unwrap().into_iter();
        let mut devices: Vec<_> = devices
            .map(|device| (device.compute_instance_id.number(), device.uuid))
            .collect();
        devices.sort_unstable();
        devices
    };
    assert_eq!(listed(&inventory), [(1, uuids[1].clone())]);
    let fresh = Inventory::read(&machine.device).unwrap();
    assert_eq!(
        listed(&fresh),
        [(0, uuids[0].clone()), (1, uuids[1].clone())]
    );
}

/// A reading keeps its names, whatever becomes of the GPU.
#[test]
fn names_outlive_the_instances() {
    let machine = scene();
    let inventory = Inventory::read(&machine.device).unwrap();
    let before = inventory.partition().unwrap();
    assert!(
        before[0].to_string().starts_with("GPU instance "),
        "{}",
        before[0]
    );
    for live in Inventory::read(&machine.device)
        .unwrap()
        .into_gpu_instances()
        .unwrap()
    {
        live.gpu_instance.destroy_with_compute_instances().unwrap();
    }
    let _changed = machine.device.set_mig_mode(MigMode::Disabled).unwrap();
    assert_eq!(inventory.partition().unwrap(), before);
    let named = before
        .iter()
        .all(|instance| instance.name.parsed().is_some());
    assert!(named, "{before:?}");
}

#[test]
fn without_mig_mode_there_are_no_instances() {
    let simulator = Simulator::builder().gpu(GpuSpec::new("a100-sxm4-40gb").mig(false));
    let machine = Machine::open(simulator.start().unwrap());
    let inventory = Inventory::read(&machine.device).unwrap();
    let mode = inventory.mig_modes().unwrap();
    assert_eq!(mode.current(), MigMode::Disabled);
    assert!(inventory.gpu_instances().unwrap().is_empty());
    assert!(inventory.present().unwrap().is_empty());
}

/// What NVML tells ordinary users: profiles and MIG devices. The rest is an error where it is asked for.
#[test]
fn who_may_not_list_instances_reads_the_rest() {
    let machine = scene();
    let inventory = Inventory::read(&machine.device).unwrap();
    let privileged = inventory.mig_devices().unwrap();
    assert!(!privileged.is_empty());
    let profiles = inventory.profiles().unwrap();
    machine.simulator.set_caller(Caller::Unprivileged).unwrap();
    let inventory = Inventory::read(&machine.device).unwrap();
    assert_eq!(inventory.mig_devices().unwrap(), privileged);
    assert_eq!(inventory.profiles().unwrap(), profiles);
    assert_eq!(inventory.uuid().unwrap(), machine.device.uuid().unwrap());
    let refused = [
        inventory.gpu_instances().map(drop),
        inventory.partition().map(drop),
        inventory.present().map(drop),
        inventory.into_gpu_instances().map(drop),
    ];
    for refused in refused {
        let error = refused.unwrap_err();
        assert_eq!(error.code(), Some(ReturnCode::NoPermission));
        assert_eq!(error.function(), Some("nvmlDeviceGetGpuInstances"));
    }
}

/// One MIG device that can't be read is an error in its place; the instances, and what is kept of them, are not concerned.
#[test]
fn an_odd_mig_device_is_one_error() {
    let machine = Machine::with("a30");
    let profile = machine
        .device
        .gpu_instance_profile_by_name("2g.12gb")
        .unwrap();
    for _ in 0..2 {
        machine.device.create_mig_device(profile.id).unwrap();
    }
    let unknown = nvml_mig_sim::nvmlReturn_t::NVML_ERROR_UNKNOWN;
    let fail = |nth| {
        let function = "nvmlDeviceGetMigDeviceHandleByIndex";
        machine.simulator.fail(function, nth, unknown).unwrap();
    };
    let inventory = Inventory::read(&machine.device).unwrap();
    fail(1);
    let each = inventory.each_mig_device().unwrap();
    let read: Vec<bool> = each.map(|(_, read)| read.is_ok()).collect();
    assert_eq!(read, [false, true]);
    fail(1);
    inventory.mig_devices().unwrap_err();
    #[cfg(feature = "apply")]
    {
        fail(0);
        let snapshot = nvml_mig::snapshot::GpuSnapshot::read(&machine.device).unwrap();
        assert_eq!(
            (snapshot.gpu_instances.len(), snapshot.mig_devices.len()),
            (2, 0)
        );
    }
}
