//! The library and the simulated driver in one program. Miri finds what either does to memory that it may not, and races.

use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use nvml_mig::device::{Device, Nvml};
use nvml_mig::inventory::Inventory;
use nvml_mig::monitor::{GpmMetric, MigWatch};
use nvml_mig::plan::{GpuModel, Layout, PlanOptions, PresentGpuInstance};

/// There is one machine, so one test at a time.
static MACHINE: Mutex<()> = Mutex::new(());

fn on_the_machine(test: impl FnOnce(&Nvml)) {
    let _alone = MACHINE.lock().unwrap_or_else(PoisonError::into_inner);
    let nvml = Nvml::from_library(nvml_mig_linked::library()).unwrap();
    test(&nvml);
    let device = nvml.device_by_index(0).unwrap();
    assert!(device.gpu_instances().unwrap().is_empty());
}

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

fn destroy_all(device: &Device) {
    for gpu_instance in device.gpu_instances().unwrap() {
        for compute_instance in gpu_instance.compute_instances().unwrap() {
            compute_instance.destroy().unwrap();
        }
        gpu_instance.destroy().unwrap();
    }
}

#[test]
fn no_function_is_missing() {
    let library = nvml_mig_linked::library();
    assert_eq!(library.missing_functions(), [""; 0]);
}

#[test]
fn all_that_a_gpu_tells() {
    on_the_machine(|nvml| {
        assert!(nvml.driver_version().unwrap().to_string().contains('.'));
        assert_eq!(nvml.devices().unwrap().len(), 1);
        let device = nvml.device_by_index(0).unwrap();
        assert_eq!(device.name().unwrap(), "NVIDIA A30");
        assert_eq!(
            nvml.device_by_uuid(&device.uuid().unwrap()).unwrap(),
            device
        );
        device.pci_info().unwrap();
        device.memory_info().unwrap();
        device.bar1_info().unwrap();
        assert!(device.processes().unwrap().is_empty());
        for profile in device.gpu_instance_profiles().unwrap() {
            let placements = device.gpu_instance_possible_placements(profile.id).unwrap();
            assert!(!placements.is_empty());
            assert!(device.gpu_instance_remaining_capacity(profile.id).unwrap() > 0);
        }
    });
}

#[test]
fn instances_from_creation_to_destruction() {
    on_the_machine(|nvml| {
        let device = nvml.device_by_index(0).unwrap();
        let profile = device.gpu_instance_profile_by_name("2g.12gb").unwrap().id;
        let mig_device = device.create_mig_device(profile).unwrap();
        assert_eq!(mig_device.name().unwrap(), "NVIDIA A30 MIG 2g.12gb");
        mig_device.attributes().unwrap();
        mig_device.processes().unwrap();
        let uuid = mig_device.uuid().unwrap();
        assert_eq!(nvml.mig_device_by_uuid(&uuid).unwrap(), mig_device);
        let gpu_instance = &device.gpu_instances().unwrap()[0];
        for profile in gpu_instance.compute_instance_profiles().unwrap() {
            let placements = gpu_instance.compute_instance_possible_placements(profile.id);
            assert!(!placements.unwrap().is_empty());
        }
        device.create_mig_device(profile).unwrap();
        device.create_mig_device(profile).unwrap_err();
        assert_eq!(
            Inventory::read(&device)
                .unwrap()
                .mig_devices()
                .unwrap()
                .len(),
            2
        );
        destroy_all(&device);
    });
}

#[test]
fn events_and_counters() {
    on_the_machine(|nvml| {
        let device = nvml.device_by_index(0).unwrap();
        let mut watch = MigWatch::start(std::slice::from_ref(&device)).unwrap();
        let profile = device.gpu_instance_profile_by_name("4g.24gb").unwrap().id;
        device.create_mig_device(profile).unwrap();
        assert!(watch.wait(LONG).unwrap().is_some());
        let gpu_instance = &device.gpu_instances().unwrap()[0];
        if let (Ok(earlier), Ok(later)) = (gpu_instance.gpm_sample(), gpu_instance.gpm_sample()) {
            later
                .metric_since(&earlier, GpmMetric::SmUtilization)
                .unwrap();
        }
        destroy_all(&device);
    });
}

#[test]
fn a_layout_is_planned() {
    on_the_machine(|nvml| {
        let device = nvml.device_by_index(0).unwrap();
        let model = GpuModel::read(&device).unwrap();
        let present = PresentGpuInstance::read_all(&device).unwrap();
        let layout: Layout = "2g.12gb, 2*1g.6gb".parse().unwrap();
        let plan = model.plan(&present, &layout, PlanOptions::new()).unwrap();
        assert_eq!(plan.gpu_instances.len(), 3);
    });
}

/// How often each thread does its part. Miri takes a second for what takes a millisecond otherwise.
const ROUNDS: usize = if cfg!(miri) { 2 } else { 200 };

/// Two threads create and destroy while others read: each answer is one of a state that was there.
#[test]
fn threads_share_a_gpu() {
    on_the_machine(|nvml| {
        let device = &nvml.device_by_index(0).unwrap();
        thread::scope(|scope| {
            scope.spawn(|| (0..ROUNDS).for_each(|_| create_and_destroy(device)));
            scope.spawn(|| (0..ROUNDS).for_each(|_| create_and_destroy(device)));
            scope.spawn(|| (0..ROUNDS).for_each(|_| read_devices(nvml, device)));
            scope.spawn(|| (0..ROUNDS).for_each(|_| read_inventory(device)));
        });
    });
}

fn create_and_destroy(device: &Device) {
    let profile = device.gpu_instance_profile_by_name("1g.6gb").unwrap().id;
    let gpu_instance = device.create_gpu_instance(profile).unwrap();
    let inside = gpu_instance.compute_instance_profile_by_name("1g.6gb");
    let compute_instance = gpu_instance.create_compute_instance(inside.unwrap().id);
    compute_instance.unwrap().destroy().unwrap();
    gpu_instance.destroy().unwrap();
}

fn read_devices(nvml: &Nvml, device: &Device) {
    assert!(device.gpu_instances().unwrap().len() <= 2);
    for (_, mig_device) in device.each_mig_device().unwrap() {
        // Another thread may have destroyed it.
        if let Ok(uuid) = mig_device.and_then(|mig_device| mig_device.uuid()) {
            let _ = nvml.mig_device_by_uuid(&uuid);
        }
    }
}

/// An instance that goes while it is read is left out, or the error of a query about it.
fn read_inventory(device: &Device) {
    if let Ok(inventory) = Inventory::read(device) {
        let _ = inventory.partition();
    }
}

/// A thread waits for changes that another makes, until a third wakes it.
#[test]
fn a_watch_is_woken() {
    on_the_machine(|nvml| {
        let device = &nvml.device_by_index(0).unwrap();
        let mut watch = MigWatch::start(std::slice::from_ref(device)).unwrap();
        let waker = watch.waker();
        thread::scope(|scope| {
            scope.spawn(move || while watch.wait(LONG).unwrap().is_some() {});
            scope.spawn(move || {
                (0..ROUNDS.min(20)).for_each(|_| create_and_destroy(device));
                waker.wake();
            });
        });
    });
}
