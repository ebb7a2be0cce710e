//! The names by which people find a device, and devices that only have the same ids as one that was destroyed.

use std::time::Duration;

use crate::support::machine::{BOARDS, Driver, on_each_driver};
use nvml_mig::Nvml;
use nvml_mig::device::VisibleDevices;
use nvml_mig::error::Cause;
use nvml_mig::monitor::MigWatch;
use nvml_mig_sim::{GpuSpec, Simulator};

/// Also: `device_selector.rs`, `visible_devices.rs`, `each_device.rs`.
#[test]
fn names_that_people_have_find_the_device() {
    on_each_driver(|Driver(driver)| {
        let boards = ["t4", "a30", "a30"].iter();
        let builder = boards.fold(Simulator::builder(), |builder, board| {
            builder.gpu(GpuSpec::new(*board))
        });
        let simulator = builder.driver_version(driver).start().unwrap();
        let nvml = Nvml::init_from(simulator.library_path()).unwrap();
        let gpu = nvml.device_by_index(1).unwrap();
        let half = gpu.gpu_instance_profile_by_name("2g.12gb").unwrap().id;
        let made = [0, 1].map(|_| gpu.create_mig_device(half).unwrap());
        let (uuid, of_gpu) = (made[1].uuid().unwrap(), gpu.uuid().unwrap());
        let index = made[1].index().unwrap();
        let legacy = format!("MIG-{of_gpu}/{}/0", made[1].gpu_instance_id().unwrap());
        let bus_id = gpu.pci_info().unwrap().bus_id;
        let names = [
            uuid.to_uppercase(),
            uuid.to_lowercase(),
            legacy.to_lowercase(),
            legacy.clone(),
            format!("1:{index}"),
        ];
        for name in &names {
            let found = nvml.find_device(&name.parse().unwrap()).unwrap();
            assert_eq!(found.uuid().unwrap(), uuid, "{driver}: {name}");
        }
        let short = &of_gpu[..of_gpu.len() - 1];
        let gpus = [
            "1",
            &of_gpu.to_lowercase(),
            short,
            &bus_id,
            &bus_id[9..],
            &bus_id[4..],
        ];
        for name in gpus {
            let found = nvml.find_device(&name.parse().unwrap()).unwrap();
            assert_eq!(found.uuid().unwrap(), of_gpu, "{driver}: {name}");
        }
        for value in [
            VisibleDevices::from_cuda(Some(&uuid)),
            VisibleDevices::from_cuda(Some(&legacy)),
            VisibleDevices::from_nvidia(Some(&names[4])),
        ] {
            let found = nvml.visible_devices(&value).unwrap();
            assert!(found.invalid.is_empty(), "{driver}: {found:?}");
            assert_eq!(found.devices[0].uuid().unwrap(), uuid, "{driver}");
        }
    });
}

/// Also: `identity.rs`.
#[test]
fn what_was_destroyed_and_made_again_is_another() {
    for board in BOARDS {
        on_each_driver(|driver| {
            let machine = driver.with(board);
            let old = machine.create(0).unwrap();
            let inside = old.default_compute_instance_profile().unwrap().id;
            let old_inside = old.create_compute_instance(inside).unwrap();
            let old_device = old_inside.mig_device().unwrap();
            let devices = std::slice::from_ref(&machine.device);
            let mut watch = MigWatch::start(devices).unwrap();

            let elsewhere = machine.device.gpu_instance_by_id(old.id()).unwrap();
            elsewhere.destroy_with_compute_instances().unwrap();
            let new = machine.create(0).unwrap();
            let new_inside = new.create_compute_instance(inside).unwrap();
            assert_eq!((new.id(), new_inside.id()), (old.id(), old_inside.id()));
            for error in [
                old_device.name().unwrap_err(),
                old.compute_instances().unwrap_err(),
                old_inside.destroy().unwrap_err().error,
                old.destroy_with_compute_instances().unwrap_err().error,
            ] {
                assert_eq!(error.cause(), Some(Cause::Gone), "{error}");
            }
            assert!(watch.wait(Duration::from_secs(20)).unwrap().is_some());
            assert_eq!(new_inside.mig_device().unwrap().index().unwrap(), 0);
        });
    }
}
