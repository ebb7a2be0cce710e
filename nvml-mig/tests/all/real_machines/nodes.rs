//! Device nodes and CDI specifications after instances were destroyed.

use crate::support::machine::on_each_driver;
use nvml_mig_sim::{GpuSpec, Simulator};

use super::profile;

/// Also: `device_nodes.rs`, `capability.rs`, `cdi.rs`, `cdi_check.rs`, `cdi_devices.rs`.
#[test]
fn nodes_and_a_specification_are_those_of_the_devices_that_are_there() {
    use crate::support::machine::proc::{DEVICES, Proc};
    use nvml_mig::node::NodeFault;
    use nvml_mig::node::cdi::{CdiHost, CdiProblem, CdiSpec};

    on_each_driver(|driver| {
        let proc = Proc::with("devices", DEVICES);
        let dev = tempfile::tempdir().unwrap();
        let builder = Simulator::builder().gpu(GpuSpec::new("a30"));
        let machine = driver.open(builder.capabilities(proc.folder()));
        let half = profile(&machine, "2g.12gb");
        let made = [0, 1].map(|_| machine.device.create_mig_device(half).unwrap());
        let gone = made[0].gpu_instance_id().unwrap();
        let gone = machine.device.gpu_instance_by_id(gone).unwrap();
        gone.destroy_with_compute_instances().unwrap();

        let files = proc.files().with_dev(dev.path());
        let missing = files.missing_nodes(&made).unwrap();
        assert_eq!(missing.len(), 5, "{}", driver.0);
        assert!(missing.iter().all(|one| one.fault == NodeFault::Absent));
        let paths = files.container_nodes(&made).unwrap();
        let expected = missing.iter().map(|one| &one.node.path);
        assert!(paths.iter().eq(expected), "{}", driver.0);
        // Only one of the two exists.
        let names = nvml_mig::node::cdi::CdiDeviceNames::Index;
        let spec = CdiSpec::builder()
            .with_driver_files(files)
            .with_names(names);
        let spec = spec.build(&made).unwrap();
        assert_eq!(spec.devices.len(), 1);
        let host = CdiHost::new().with_folders([dev.path()]);
        let problems = spec.check(&host, dev.path().join("nvidia.json"));
        let is_missing = |one: &CdiProblem| matches!(one, CdiProblem::MissingNode { .. });
        assert_eq!(problems.iter().filter(|one| is_missing(one)).count(), 5);
    });
}
