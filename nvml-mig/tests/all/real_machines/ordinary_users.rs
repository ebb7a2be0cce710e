//! What ordinary users and containers may read.

use crate::support::machine::on_each_driver;
use nvml_mig::Nvml;
use nvml_mig::error::Cause;
use nvml_mig::inventory::Inventory;
use nvml_mig::monitor::MigWatch;
use nvml_mig::node::DriverFiles;
use nvml_mig_sim::Caller;

use super::profile;

/// Profiles, MIG devices with names, UUIDs, memory and ids, and events (also: `refusals/privilege.rs`, `examples.rs`).
#[test]
fn what_nvml_tells_ordinary_users_is_read_without_privilege() {
    on_each_driver(|driver| {
        for caller in [
            Caller::Unprivileged,
            Caller::Container,
            Caller::NoConfigNode,
        ] {
            let machine = driver.with("a30");
            let half = profile(&machine, "2g.12gb");
            for _ in 0..2 {
                let _made = machine.device.create_mig_device(half).unwrap();
            }
            let expected = Inventory::read(&machine.device).unwrap();
            let (profiles, mig_devices) = (
                expected.profiles().unwrap(),
                expected.mig_devices().unwrap(),
            );
            machine.simulator.set_caller(caller).unwrap();
            let nvml = Nvml::init_from(machine.simulator.library_path()).unwrap();
            let device = nvml.device_by_index(0).unwrap();
            let inventory = Inventory::read(&device).unwrap();
            assert_eq!(inventory.profiles().unwrap(), profiles);
            let read = inventory.mig_devices().unwrap();
            assert_eq!(read.len(), 2);
            for (read, expected) in read.iter().zip(&mig_devices) {
                assert_eq!((&read.uuid, &read.name), (&expected.uuid, &expected.name));
                assert_eq!(read.gpu_instance_id, expected.gpu_instance_id);
                assert_eq!(read.compute_instance_id, expected.compute_instance_id);
                let memory = read.mig_device.memory_info().unwrap();
                assert_eq!(memory.total_mib(), 11968);
                assert_eq!(read.mig_device.attributes().unwrap().memory_mib, 11968);
            }
            let error = inventory.gpu_instances().unwrap_err();
            assert_eq!(error.cause(), Some(Cause::NoPermission), "{error}");
            assert_eq!(error.to_string().lines().count(), 1);
            let watch = MigWatch::start(std::slice::from_ref(&device)).unwrap();
            assert_eq!(watch.devices().count(), 1);
            let preflight = nvml.preflight(&DriverFiles::new());
            assert!(!preflight.may_create());
            let mut obstacles = preflight.obstacles.iter();
            assert!(obstacles.any(|one| one.cause == Some(Cause::NoPermission)));
        }
    });
}
