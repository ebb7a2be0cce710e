//! Errors of CDI specifications.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::support::machine::Machine;
use crate::support::machine::proc::Proc;
use nvml_mig::MigDevice;
use nvml_mig::node::DriverFiles;
use nvml_mig::node::cdi::{CdiError, CdiSpec};
use nvml_mig_sim::{GpuSpec, Simulator};

use super::{LOAD_DRIVER, Table, on_a_host};

/// A MIG device of a machine with this driver, whose files are in `proc`.
fn mig_device(proc: &Path, driver: &str) -> (Machine, MigDevice) {
    let simulator = Simulator::builder()
        .gpu(GpuSpec::new("a30"))
        .driver_version(driver)
        .capabilities(proc);
    let machine = Machine::open(simulator.start().unwrap());
    let gpu_instance = machine.create(0).unwrap();
    let profile = gpu_instance.compute_instance_profile_by_name("4g.24gb");
    let _compute_instance = gpu_instance
        .create_compute_instance(profile.unwrap().id)
        .unwrap();
    let device = machine.device.mig_devices().unwrap().remove(0);
    (machine, device)
}

pub(super) fn add_to(table: &mut Table) {
    let proc = Proc::empty();
    let (_machine, device) = mig_device(proc.folder(), "550.163.01");
    let spec = || CdiSpec::builder().with_driver_files(proc.files());
    let empty = CdiSpec::builder().build(&[]).unwrap_err();
    assert!(matches!(empty, CdiError::Empty));
    table.add("CdiError::Empty", &empty, None);
    let kind = spec().with_kind("gpu").build([&device]).unwrap_err();
    assert!(matches!(kind, CdiError::Kind { .. }));
    table.add("CdiError::Kind", &kind, None);
    let enabled = spec().with_gpus([&device.parent().unwrap()]).build([]);
    let enabled = enabled.unwrap_err();
    assert!(matches!(enabled, CdiError::MigEnabled { .. }));
    table.add("CdiError::MigEnabled", &enabled, None);
    let twice = spec().build([&device, &device]).unwrap_err();
    assert!(matches!(twice, CdiError::Twice { .. }));
    table.add("CdiError::Twice", &twice, None);
    let dev = std::ffi::OsStr::from_bytes(b"/\xff");
    let files = DriverFiles::new().with_dev(dev);
    let not_utf8 = CdiSpec::builder().with_driver_files(files).build([&device]);
    let not_utf8 = not_utf8.unwrap_err();
    assert!(matches!(not_utf8, CdiError::NotUtf8 { .. }));
    table.add("CdiError::NotUtf8", &not_utf8, None);

    let without_driver = Proc::empty();
    let spec = CdiSpec::builder().with_driver_files(without_driver.files());
    let CdiError::Device { device, source } = spec.build([&device]).unwrap_err() else {
        panic!("a machine without the driver's files");
    };
    let source = on_a_host(source, "not found", LOAD_DRIVER);
    let error = CdiError::Device { device, source };
    table.add("CdiError::Device", &error, Some(without_driver.folder()));

    let old = Proc::empty();
    let (_machine, device) = mig_device(old.folder(), "460.91.03");
    let spec = CdiSpec::builder().with_driver_files(old.files());
    let name = spec.build([&device]).unwrap_err();
    assert!(matches!(name, CdiError::Name { .. }));
    table.add("CdiError::Name", &name, None);
}
