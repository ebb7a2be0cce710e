//! The device nodes that MIG devices need: which are missing, and creating them. Whether this process may create device
//! nodes, the program `mknod` tells.

use std::env;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::machine::Machine;
use crate::support::machine::proc::{DEVICES, Proc};
use nvml_mig::error::DriverFileError;
use nvml_mig::instance::GpuInstanceId;
use nvml_mig::node::{Capability, DeviceNode, DeviceNodeKind, DriverFiles, MissingNode, NodeFault};
use nvml_mig::{Error, MigDevice};
use nvml_mig_sim::{GpuSpec, Simulator};
use tempfile::TempDir;

const PARAMS: &str = "driver/nvidia/params";

/// A machine with a MIG device, the driver's files, and a folder that stands for `/dev`.
struct Node {
    proc: Proc,
    dev: TempDir,
    device: MigDevice,
    machine: Machine,
}

impl Node {
    fn new() -> Self {
        let proc = Proc::with("devices", DEVICES);
        let simulator = Simulator::builder().gpu(GpuSpec::new("a30"));
        let simulator = simulator.capabilities(proc.folder()).start();
        let machine = Machine::open(simulator.unwrap());
        let gpu_instance = machine.create(5).unwrap();
        let profile = gpu_instance.compute_instance_profile_by_name("2g.12gb");
        let made = gpu_instance.create_compute_instance(profile.unwrap().id);
        let device = made.unwrap().mig_device().unwrap();
        let dev = tempfile::tempdir().unwrap();
        Self {
            proc,
            dev,
            device,
            machine,
        }
    }

    fn files(&self) -> DriverFiles {
        self.proc.files().with_dev(self.dev.path())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dev.path().join(name)
    }

    fn missing(&self) -> Vec<MissingNode> {
        self.files().missing_nodes([&self.device]).unwrap()
    }

    /// Names of all files below the folder.
    fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for folder in [self.dev.path().to_owned(), self.path("nvidia-caps")] {
            let entries = fs::read_dir(folder).into_iter().flatten();
            names.extend(entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()));
        }
        names.sort_unstable();
        names
    }
}

fn file_error(error: Error) -> DriverFileError {
    match error {
        Error::DriverFile(error) => *error,
        other => panic!("{other}"),
    }
}

fn says(program: &str, arguments: &[&str], path: &Path) -> Option<String> {
    let done = Command::new(program).args(arguments).arg(path).output();
    let done = done.unwrap();
    done.status
        .success()
        .then(|| String::from_utf8(done.stdout).unwrap().trim().to_owned())
}

/// Whether the program `mknod` may create a device node.
fn nodes_may_be_created() -> bool {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("node");
    let mut mknod = Command::new("mknod");
    let done = mknod.arg(path).args(["c", "1", "3"]).output();
    done.unwrap().status.success()
}

/// Type, numbers in hexadecimal, mode and owner of a node, as the program `stat` prints them.
fn stat(path: &Path) -> String {
    says("stat", &["-c", "%F %t:%T %a %u:%g"], path).unwrap()
}

/// 3 + 9 * 1 for GPU instance 1 of GPU 0, and one more for its compute instance; modes as the access files say (292 is
/// 0o444).
#[test]
fn nodes_have_the_numbers_and_modes_of_the_drivers_files() {
    let node = Node::new();
    let nodes = node.files().device_nodes([&node.device, &node.device]);
    let nodes = nodes.unwrap();
    let gpu_instance = Capability::GpuInstance {
        gpu_minor_number: 0,
        gpu_instance: GpuInstanceId::new(1),
    };
    let expected = |kind, name, major, minor| DeviceNode::new(kind, node.path(name), major, minor);
    assert_eq!(nodes.len(), 5);
    let control = expected(DeviceNodeKind::Control, "nvidiactl", 195, 255);
    assert_eq!(nodes[0], control);
    let memory = expected(DeviceNodeKind::UnifiedMemory, "nvidia-uvm", 510, 0);
    assert_eq!(nodes[1], memory);
    assert_eq!(nodes[2], expected(DeviceNodeKind::Gpu, "nvidia0", 195, 0));
    let kind = DeviceNodeKind::Capability(gpu_instance);
    let capability = expected(kind, "nvidia-caps/nvidia-cap12", 235, 12).with_mode(0o444);
    assert_eq!(nodes[3], capability);
    assert_eq!((nodes[4].minor_number, nodes[4].mode), (13, 0o444));
    let again = node.files().capability_device_node(gpu_instance).unwrap();
    assert_eq!(again, capability);
    let config = node.files().capability_device_node(Capability::Config);
    assert_eq!(config.unwrap().mode, 0o400);
}

#[test]
fn the_modules_parameters_are_followed() {
    let Node {
        proc,
        dev,
        device,
        machine: _machine,
    } = Node::new();
    let text = "EnableMSI: 1\nModifyDeviceFiles: 0\nDeviceFileUID: 5\nDeviceFileGID: 44\nDeviceFileMode: 432\n\
                RegistryDwords: \"\"\n";
    let proc = proc.and(PARAMS, text);
    let files = proc.files().with_dev(dev.path());
    let nodes = files.device_nodes([&device]).unwrap();
    let gpu = &nodes[2];
    // 432 is 0o660.
    assert_eq!((gpu.mode, gpu.user_id, gpu.group_id), (0o660, 5, 44));
    assert!(!gpu.may_be_created && nodes[3].may_be_created);
    let error = file_error(gpu.create().unwrap_err());
    assert_eq!(error.kind, ErrorKind::PermissionDenied);
    assert!(error.message.contains("NVreg_ModifyDeviceFiles=0"));
    assert!(!gpu.path.exists());
    for wrong in ["DeviceFileMode: 1000\n", "DeviceFileUID: x\n"] {
        let proc = Proc::with(PARAMS, wrong).and("devices", DEVICES);
        fs::rename(proc.path(PARAMS), files.proc().join(PARAMS)).unwrap();
        let error = file_error(files.device_nodes([&device]).unwrap_err());
        assert_eq!(error.kind, ErrorKind::InvalidData, "{wrong}");
        assert_eq!(error.line, Some(1));
    }
}

/// Older drivers register another name.
#[test]
fn major_numbers_that_are_missing_are_named() {
    let node = Node::new();
    let with = |devices: &str| {
        fs::write(node.proc.path("devices"), devices).unwrap();
        node.files().device_nodes([&node.device])
    };
    let old = "195 nvidia-frontend\n235 nvidia-caps\n510 nvidia-uvm\n";
    assert_eq!(with(old).unwrap()[2].major_number, 195);
    // The remedies depend on the machine: HINTS.md lists them.
    for (devices, name) in [
        ("195 nvidia\n235 nvidia-caps\n", "'nvidia-uvm'"),
        ("235 nvidia-caps\n510 nvidia-uvm\n", "'nvidia'"),
        ("195 nvidia\n510 nvidia-uvm\n", "'nvidia-caps'"),
    ] {
        let error = file_error(with(devices).unwrap_err());
        assert_eq!(error.kind, ErrorKind::NotFound, "{devices}");
        assert!(error.message.contains(name), "{error}");
    }
}

#[test]
fn an_instance_that_is_gone_has_no_capability_node() {
    let node = Node::new();
    let gone = Capability::GpuInstance {
        gpu_minor_number: 0,
        gpu_instance: GpuInstanceId::new(2),
    };
    let error = node.files().capability_device_node(gone).unwrap_err();
    let error = file_error(error);
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert_eq!(error.path, node.files().access_file(gone));
    assert!(error.message.contains("'gpu0/gi2/access'"), "{error}");
}

/// Another process destroyed one of two MIG devices. One that is left has all its nodes; with none left, it is an error.
#[test]
fn a_mig_device_that_is_gone_needs_no_node() {
    let node = Node::new();
    let profile = node.machine.device.gpu_instance_profile_by_name("2g.12gb");
    let second = node.machine.device.create_mig_device(profile.unwrap().id);
    let second = second.unwrap();
    let (both, files) = ([&node.device, &second], node.files());
    let own = files.missing_nodes([&second]).unwrap();
    assert_eq!(own.len(), 5);
    let paths = files.container_nodes([&second]).unwrap();
    let destroy = |device: &MigDevice| {
        let gpu_instance = device.gpu_instance().unwrap();
        gpu_instance.destroy_with_compute_instances().unwrap();
    };
    destroy(&node.device);
    assert_eq!(files.missing_nodes(both).unwrap(), own);
    assert_eq!(files.device_nodes(both).unwrap().len(), 5);
    assert_eq!(files.container_nodes(both).unwrap(), paths);
    destroy(&second);
    let gone = Some(nvml_mig::error::Cause::Gone);
    assert_eq!(files.missing_nodes(both).unwrap_err().cause(), gone);
    assert_eq!(files.container_nodes(both).unwrap_err().cause(), gone);
}

#[test]
fn every_kind_of_missing_node_is_listed() {
    let node = Node::new();
    assert_eq!(node.missing().len(), 5);
    fs::write(node.path("nvidiactl"), "").unwrap();
    symlink("/dev/null", node.path("nvidia-uvm")).unwrap();
    let missing = node.missing();
    let said: Vec<String> = missing.iter().map(ToString::to_string).collect();
    let file = node.path("nvidiactl").display().to_string();
    assert_eq!(said[0], format!("{file} is not a character device"));
    assert_eq!(missing[1].fault, NodeFault::NotACharacterDevice);
    assert_eq!(missing[2].fault, NodeFault::Absent);
    assert!(said[4].ends_with("nvidia-caps/nvidia-cap13 does not exist"));
    let null = DeviceNode::new(DeviceNodeKind::Gpu, "/dev/null", 195, 0);
    let zero = DeviceNode::new(DeviceNodeKind::Gpu, "/dev/zero", 1, 5);
    assert_eq!(
        null.fault().unwrap().unwrap().to_string(),
        "is another device, 1:3"
    );
    assert_eq!(zero.fault().unwrap(), None);
    let below_a_file = DeviceNode::new(DeviceNodeKind::Gpu, "/dev/null/nvidia0", 195, 0);
    let error = file_error(below_a_file.fault().unwrap_err());
    assert_eq!(error.kind, ErrorKind::NotADirectory);
}

/// A file that stands in the place of a node is left as it is.
#[test]
fn nothing_that_exists_is_replaced() {
    let node = Node::new();
    fs::write(node.path("nvidiactl"), "kept").unwrap();
    let error = node.files().create_nodes([&node.device]).unwrap_err();
    let error = file_error(error);
    assert_eq!(error.kind, ErrorKind::AlreadyExists);
    assert_eq!(error.path, node.path("nvidiactl"));
    assert!(error.message.contains("not 195:255"), "{error}");
    assert_eq!(node.names(), ["nvidiactl"]);
    assert_eq!(fs::read(node.path("nvidiactl")).unwrap(), b"kept");
    let null = DeviceNode::new(DeviceNodeKind::Gpu, "/dev/null", 195, 0);
    let error = file_error(null.create().unwrap_err());
    assert!(error.message.contains("another device, 1:3"), "{error}");
}

#[test]
fn nodes_are_created_or_refused_as_the_system_permits() {
    let node = Node::new();
    let created = node.files().create_nodes([&node.device]);
    if !nodes_may_be_created() {
        let error = file_error(created.unwrap_err());
        assert_eq!(error.kind, ErrorKind::PermissionDenied);
        assert!(error.message.contains("nvidia-modprobe"), "{error}");
        assert!(node.names().is_empty(), "{:?}", node.names());
        return;
    }
    let created = created.unwrap();
    assert_eq!(created.len(), 5);
    assert!(node.missing().is_empty());
    let all = ["nvidia-cap12", "nvidia-cap13", "nvidia-caps"];
    let all = [&all[..], &["nvidia-uvm", "nvidia0", "nvidiactl"]].concat();
    assert_eq!(node.names(), all);
    // 255 is ff, 510 is 1fe, 195 is c3 and 235 is eb.
    let device = |name| stat(&node.path(name));
    assert_eq!(device("nvidiactl"), "character special file c3:ff 666 0:0");
    assert_eq!(device("nvidia-uvm"), "character special file 1fe:0 666 0:0");
    assert_eq!(device("nvidia0"), "character special file c3:0 666 0:0");
    let capability = device("nvidia-caps/nvidia-cap13");
    assert_eq!(capability, "character special file eb:d 444 0:0");
    let folder = says("stat", &["-c", "%a"], &node.path("nvidia-caps"));
    assert_eq!(folder.unwrap(), "755");
    let again = node.files().create_nodes([&node.device]).unwrap();
    assert!(again.is_empty());
}

/// At boot the module nvidia-uvm is often not loaded yet. Nobody else creates the nodes of capabilities.
#[test]
fn capabilities_get_their_nodes_before_other_modules_are_loaded() {
    let node = Node::new();
    fs::write(node.proc.path("devices"), "195 nvidia\n235 nvidia-caps\n").unwrap();
    let error = file_error(node.files().create_nodes([&node.device]).unwrap_err());
    if nodes_may_be_created() {
        assert!(error.message.contains("'nvidia-uvm'"), "{error}");
        let all = ["nvidia-cap12", "nvidia-cap13", "nvidia-caps"];
        assert_eq!(node.names(), all);
    } else {
        assert_eq!(error.kind, ErrorKind::PermissionDenied);
    }
}

/// The test of created nodes, in a process without the privilege if this one has it.
#[test]
fn without_the_privilege_nothing_is_left_behind() {
    let own = env::current_exe().unwrap();
    let test = "device_nodes::nodes_are_created_or_refused_as_the_system_permits";
    let mut command = if nodes_may_be_created() {
        let mut command = Command::new("setpriv");
        command.arg("--bounding-set=-mknod").arg(own);
        command
    } else {
        Command::new(own)
    };
    let done = command.args([test, "--exact"]).output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn a_folder_of_devices_that_does_not_exist_is_not_created() {
    let node = Node::new();
    let files = node.files().with_dev(node.path("dev"));
    for node in files.device_nodes([&node.device]).unwrap() {
        let error = file_error(node.create().unwrap_err());
        let kinds = [ErrorKind::NotFound, ErrorKind::PermissionDenied];
        assert!(kinds.contains(&error.kind), "{error}");
    }
    assert!(!files.dev().exists());
}

/// Options as in `nvidia-modprobe --help`.
#[test]
fn nvidia_modprobe_gets_the_options_for_each_node() {
    let node = Node::new();
    let nodes = node.files().device_nodes([&node.device]).unwrap();
    let commands = nodes
        .iter()
        .map(|node| format!("{:?}", node.nvidia_modprobe()));
    let access = "/proc/driver/nvidia/capabilities/gpu0/mig/gi1";
    let expected = [
        r#""nvidia-modprobe" "-c" "255""#.to_owned(),
        r#""nvidia-modprobe" "-u" "-c" "0""#.to_owned(),
        r#""nvidia-modprobe" "-c" "0""#.to_owned(),
        format!(r#""nvidia-modprobe" "-f" "{access}/access""#),
        format!(r#""nvidia-modprobe" "-f" "{access}/ci0/access""#),
    ];
    assert_eq!(commands.collect::<Vec<_>>(), expected);
}

#[test]
fn nodes_can_be_made_by_hand() {
    let node = Node::new();
    let read = node.missing().remove(3);
    let made = DeviceNode::new(read.node.kind, &read.node.path, 235, 12)
        .with_mode(0o444)
        .with_owner(0, 0)
        .with_may_be_created(true);
    assert_eq!(MissingNode::new(made, NodeFault::Absent), read);
}
