//! Errors of device nodes, and of files of the driver that this process may not read.

use std::io::{Error as SystemError, ErrorKind};
use std::path::Path;

use crate::support::machine::Machine;
use crate::support::machine::proc::{DEVICES, MIG_MINORS, Proc};
use nvml_mig::Error;
use nvml_mig::error::DriverFileError;
use nvml_mig::node::{Capability, DeviceNode, DeviceNodeKind};
use nvml_mig_sim::{GpuSpec, Simulator};

use super::{LOAD_DRIVER, Table, on_a_host};

pub(super) fn add_to(table: &mut Table) {
    permissions(table);
    places(table);
    capability(table);
    numbers(table);
}

/// The error of an operation that the system does not permit.
fn not_permitted(path: impl AsRef<Path>, number: i32, message: &str) -> Error {
    let error = DriverFileError::new(path.as_ref(), ErrorKind::PermissionDenied, message);
    let source = SystemError::from_raw_os_error(number);
    Error::from(error.with_source(source))
}

fn gpu(path: impl AsRef<Path>) -> DeviceNode {
    DeviceNode::new(DeviceNodeKind::Gpu, path.as_ref(), 195, 0)
}

/// Root may do all of this, so these errors are built, and compared with the real ones if there are any.
fn permissions(table: &mut Table) {
    const EPERM: i32 = 1;
    const EACCES: i32 = 13;
    let path = "/proc/driver/nvidia/capabilities/mig/config";
    let error = not_permitted(path, EACCES, "this process may not read it; run as root");
    table.add("Error::DriverFile, no permission to read", &error, None);

    let folder = tempfile::tempdir().unwrap();
    let message = "this process may not create device nodes: run as root with CAP_MKNOD, outside of user namespaces such as \
                   rootless containers, or run `nvidia-modprobe`";
    let node = gpu(folder.path().join("nvidia0"));
    let error = not_permitted(&node.path, EPERM, message);
    if let Err(real) = node.create() {
        assert_eq!(real.to_string(), error.to_string());
    }
    let row = "Error::DriverFile, no permission to create a device node";
    table.add(row, &error, Some(folder.path()));
}

/// What `DeviceNode::create` and `fault` return for the place of a node.
fn places(table: &mut Table) {
    let folder = Proc::with("file", "");
    let mut add = |row: &str, error: Error| {
        assert!(matches!(error, Error::DriverFile(_)));
        let row = format!("Error::DriverFile, device node, {row}");
        table.add(row, &error, Some(folder.folder()));
    };
    let forbidden = gpu(folder.path("nvidia0")).with_may_be_created(false);
    add("creation forbidden", forbidden.create().unwrap_err());
    let occupied = gpu(folder.path("file"));
    add("another file in its place", occupied.create().unwrap_err());
    let other = gpu("/dev/null");
    add("another device in its place", other.create().unwrap_err());
    let without_folder = gpu(folder.path("folder/nvidia0"));
    add("not created", without_folder.create().unwrap_err());
    let below_a_file = gpu(folder.path("file/nvidia0"));
    add("not inspected", below_a_file.fault().unwrap_err());
}

/// A capability without an access file, whose instance is gone.
fn capability(table: &mut Table) {
    let proc = Proc::with(MIG_MINORS, "config 1\n").and("devices", DEVICES);
    let error = proc.files().capability_device_node(Capability::Config);
    let row = "Error::DriverFile, no access file of a capability";
    table.add(row, &error.unwrap_err(), Some(proc.folder()));
}

/// Devices that `/proc/devices` lacks.
fn numbers(table: &mut Table) {
    let proc = Proc::empty();
    let simulator = Simulator::builder().gpu(GpuSpec::new("a30"));
    let simulator = simulator.capabilities(proc.folder()).start().unwrap();
    let machine = Machine::open(simulator);
    let gpu_instance = machine.create(0).unwrap();
    let profile = gpu_instance.compute_instance_profiles().unwrap()[0].id;
    let compute_instance = gpu_instance.create_compute_instance(profile).unwrap();
    let device = compute_instance.mig_device().unwrap();
    let load_unified_memory = "load its module with `modprobe nvidia-uvm` or `nvidia-modprobe -u`";
    let update = "load the NVIDIA driver, 450 or newer, with `modprobe nvidia`";
    for (name, devices, remedy) in [
        ("nvidia", "235 nvidia-caps\n", LOAD_DRIVER),
        ("nvidia-uvm", "195 nvidia\n", load_unified_memory),
        ("nvidia-caps", "195 nvidia\n510 nvidia-uvm\n", update),
    ] {
        std::fs::write(proc.path("devices"), devices).unwrap();
        let error = proc.files().device_nodes([&device]).unwrap_err();
        let what = format!("it has no character devices '{name}'");
        let error = on_a_host(error, &what, remedy);
        let row = format!("Error::DriverFile, no {name} in /proc/devices");
        table.add(row, &error, Some(proc.folder()));
    }
}
