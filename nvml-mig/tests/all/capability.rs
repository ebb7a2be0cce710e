//! Device nodes of instances: numbers come from the driver's files, whatever is in them.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::support::chain::chain;
use crate::support::machine::Machine;
use crate::support::machine::proc::{DEVICES, MIG_MINORS, Proc};
use nvml_mig::error::DriverFileError;
use nvml_mig::instance::{ComputeInstanceId, GpuInstanceId};
use nvml_mig::node::{Capability, DriverFiles};
use nvml_mig::{ComputeInstance, Error, ReturnCode};
use nvml_mig_sim::{GpuSpec, Simulator, nvmlReturn_t};

/// The head of the driver's file, and lines of two instances.
const LINES: &str = "\
config 1
monitor 2
gpu0/gi0/access 3
gpu0/gi0/ci0/access 4
gpu3/gi3/access 435
gpu3/gi3/ci3/access 439
gpu6/gi11/access 912
gpu6/gi11/ci5/access 918
";

fn gpu_instance(gpu_minor_number: u32, id: u32) -> Capability {
    Capability::GpuInstance {
        gpu_minor_number,
        gpu_instance: GpuInstanceId::new(id),
    }
}

fn compute_instance(gpu_minor_number: u32, gpu_instance: u32, id: u32) -> Capability {
    Capability::ComputeInstance {
        gpu_minor_number,
        gpu_instance: GpuInstanceId::new(gpu_instance),
        compute_instance: ComputeInstanceId::new(id),
    }
}

/// What files say of a capability.
trait Minors {
    fn minor(&self, capability: Capability) -> Result<u32, Error>;
    fn refusal(&self, capability: Capability) -> DriverFileError;
}

impl Minors for Proc {
    fn minor(&self, capability: Capability) -> Result<u32, Error> {
        let node = self.files().capability_node(capability)?;
        assert_eq!(node.capability, capability);
        let path = format!("/dev/nvidia-caps/nvidia-cap{}", node.minor_number);
        assert_eq!(node.path, Path::new(&path));
        Ok(node.minor_number)
    }

    fn refusal(&self, capability: Capability) -> DriverFileError {
        file_error(self.minor(capability).unwrap_err())
    }
}

fn file_error(error: Error) -> DriverFileError {
    assert!(error.code().is_none() && error.function().is_none());
    match error {
        Error::DriverFile(error) => *error,
        other => panic!("{other}"),
    }
}

#[test]
fn minors_are_those_of_mig_minors() {
    let proc = Proc::with(MIG_MINORS, LINES);
    assert_eq!(proc.files().proc(), proc.folder());
    assert_eq!(proc.minor(Capability::Config).unwrap(), 1);
    assert_eq!(proc.minor(Capability::Monitor).unwrap(), 2);
    assert_eq!(proc.minor(compute_instance(3, 3, 3)).unwrap(), 439);
    assert_eq!(proc.minor(gpu_instance(6, 11)).unwrap(), 912);
    assert_eq!(proc.minor(compute_instance(6, 11, 5)).unwrap(), 918);
}

/// A driver that counts otherwise is believed.
#[test]
fn minors_are_read_and_never_calculated() {
    let proc = Proc::with(MIG_MINORS, "gpu3/gi3/ci3/access 77\nconfig 1000000\n");
    assert_eq!(proc.minor(compute_instance(3, 3, 3)).unwrap(), 77);
    assert_eq!(proc.minor(Capability::Config).unwrap(), 1_000_000);
}

#[test]
fn capabilities_print_as_the_driver_writes_them() {
    assert_eq!(compute_instance(3, 3, 3).to_string(), "gpu3/gi3/ci3/access");
    assert_eq!(gpu_instance(6, 11).to_string(), "gpu6/gi11/access");
    assert_eq!(Capability::Monitor.to_string(), "monitor");
}

#[test]
fn access_files_are_where_the_driver_has_them() {
    let files = DriverFiles::default();
    let of = |capability| files.access_file(capability);
    let root = Path::new("/proc/driver/nvidia/capabilities");
    assert_eq!(of(Capability::Config), root.join("mig/config"));
    assert_eq!(of(Capability::Monitor), root.join("mig/monitor"));
    assert_eq!(of(gpu_instance(3, 3)), root.join("gpu3/mig/gi3/access"));
    assert_eq!(
        of(compute_instance(3, 3, 3)),
        root.join("gpu3/mig/gi3/ci3/access")
    );
}

#[test]
fn an_access_file_does_where_mig_minors_does_not() {
    const ACCESS: &str = "driver/nvidia/capabilities/gpu3/mig/gi3/ci3/access";
    const TEXT: &str = "DeviceFileMinor: 439\nDeviceFileMode: 292\nDeviceFileModify: 1\n";
    let alone = Proc::with(ACCESS, TEXT);
    assert_eq!(alone.minor(compute_instance(3, 3, 3)).unwrap(), 439);
    let beside = Proc::with(ACCESS, TEXT).and(MIG_MINORS, "config 1\n");
    assert_eq!(beside.minor(compute_instance(3, 3, 3)).unwrap(), 439);
    let config = Proc::with(
        "driver/nvidia/capabilities/mig/config",
        "DeviceFileMinor: 1\nDeviceFileMode: 256\nDeviceFileModify: 1\n",
    );
    assert_eq!(config.minor(Capability::Config).unwrap(), 1);
}

#[test]
fn other_places_of_dev_are_in_the_paths() {
    let proc = Proc::with(MIG_MINORS, LINES);
    let files = proc.files().with_dev("/host/dev");
    assert_eq!(files.dev(), Path::new("/host/dev"));
    let node = files.capability_node(gpu_instance(3, 3)).unwrap();
    assert_eq!(node.path, Path::new("/host/dev/nvidia-caps/nvidia-cap435"));
}

#[test]
fn without_a_driver_the_error_says_so() {
    let proc = Proc::empty();
    let error = proc.refusal(Capability::Config);
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert_eq!(error.path, proc.path(MIG_MINORS));
    assert_eq!(error.line, None);
    assert!(error.message.starts_with("not found; "), "{error}");
}

#[test]
fn an_instance_that_neither_file_knows_is_named() {
    let proc = Proc::with(MIG_MINORS, LINES);
    let error = proc.refusal(compute_instance(9, 3, 3));
    assert_eq!(error.kind, ErrorKind::NotFound);
    let text = error.to_string();
    assert!(text.contains("no line for 'gpu9/gi3/ci3/access'"), "{text}");
    assert!(
        text.contains("capabilities/gpu9/mig/gi3/ci3/access"),
        "{text}"
    );
    assert!(text.contains("minor number"), "{text}");
}

#[test]
fn a_line_without_its_number_is_named_with_where_it_stands() {
    for wrong in [
        "gpu3/gi3/access",
        "gpu3/gi3/access ",
        "gpu3/gi3/access x",
        "gpu3/gi3/access -1",
        "gpu3/gi3/access 4.5",
        "gpu3/gi3/access 1048576", // 2^20: one more than Linux can number
        "gpu3/gi3/access 4294967296",
        "gpu3/gi3/access 99999999999999999999999999999999999999",
    ] {
        let proc = Proc::with(MIG_MINORS, format!("config 1\nmonitor 2\n{wrong}\n"));
        let error = proc.refusal(gpu_instance(3, 3));
        assert_eq!(error.kind, ErrorKind::InvalidData, "{wrong}");
        assert_eq!(error.line, Some(3), "{wrong}");
        let text = error.to_string();
        assert!(
            text.contains("mig-minors, line 3: \"gpu3/gi3/access"),
            "{text}"
        );
        assert_eq!(proc.minor(Capability::Monitor).unwrap(), 2, "{wrong}");
    }
}

#[test]
fn the_greatest_number_that_linux_has_is_taken() {
    let proc = Proc::with(MIG_MINORS, "gpu3/gi3/access 1048575\n");
    assert_eq!(proc.minor(gpu_instance(3, 3)).unwrap(), 1_048_575);
}

#[test]
fn hostile_contents_are_refused_or_passed_over() {
    let mut binary = b"\xff\xfe\x00\x80 gpu3\n\0\0\0\nconfig \xff\n".to_vec();
    binary.extend_from_slice(b"gpu3/gi3/access 435");
    let long = format!("{}\ngpu3/gi3/access 435\n", "x".repeat(1_000_000));
    for passed_over in [binary, long.into_bytes()] {
        let proc = Proc::with(MIG_MINORS, passed_over);
        assert_eq!(proc.minor(gpu_instance(3, 3)).unwrap(), 435);
        assert!(proc.minor(compute_instance(3, 3, 3)).is_err());
    }
    for nothing in [
        "",
        "\n\n\n",
        "gpu3/gi3/acc",
        "gpu3/gi3/access435",
        "\u{feff}",
    ] {
        let error = Proc::with(MIG_MINORS, nothing).refusal(gpu_instance(3, 3));
        assert_eq!(error.kind, ErrorKind::NotFound, "{nothing:?}");
    }
    let endless = Proc::with(MIG_MINORS, vec![b'\n'; 5 << 20]).refusal(gpu_instance(3, 3));
    assert_eq!(endless.kind, ErrorKind::InvalidData);
    assert!(
        chain(&endless).contains("longer than 4194304 bytes"),
        "{endless}"
    );
}

#[test]
fn a_long_wrong_line_makes_no_long_sentence() {
    let proc = Proc::with(MIG_MINORS, format!("config {}", "9".repeat(100_000)));
    let error = proc.refusal(Capability::Config);
    assert!(error.message.len() < 300, "{}", error.message.len());
}

#[test]
fn hostile_access_files_are_refused() {
    const ACCESS: &str = "driver/nvidia/capabilities/gpu3/mig/gi3/access";
    for wrong in [
        "DeviceFileMinor:\n",
        "DeviceFileMinor: \u{0}\n",
        "DeviceFileMode: 292\nDeviceFileMinor: 18446744073709551616\n",
        "",
        "DeviceFileMino",
        "DeviceFileMinor 435\n",
        "DeviceFileMode: 292\n",
    ] {
        let error = Proc::with(ACCESS, wrong).refusal(gpu_instance(3, 3));
        assert_eq!(error.kind, ErrorKind::InvalidData, "{wrong:?}");
        assert!(error.path.ends_with(ACCESS), "{error}");
    }
    let binary = Proc::with(ACCESS, b"\xff\xff\nDeviceFileMinor: 435").minor(gpu_instance(3, 3));
    assert_eq!(binary.unwrap(), 435);
}

/// A folder in the file's place can be opened and not read.
#[test]
fn what_the_system_refuses_is_told() {
    let proc = Proc::empty();
    fs::create_dir_all(proc.path(MIG_MINORS)).unwrap();
    let error = proc.refusal(Capability::Config);
    assert_eq!(error.kind, ErrorKind::IsADirectory);
    assert!(
        error
            .to_string()
            .starts_with(proc.path(MIG_MINORS).to_str().unwrap())
    );
}

#[test]
fn the_major_number_is_that_of_the_character_devices() {
    let proc = Proc::with("devices", DEVICES);
    assert_eq!(proc.files().capability_major_number().unwrap(), 235);
}

#[test]
fn without_its_major_number_the_driver_is_not_loaded() {
    for without in [
        "",
        "Character devices:\n  1 mem\n",
        "Character devices:\n 1 mem\n\nBlock devices:\n235 nvidia-caps\n",
        "236 nvidia-caps-imex-channels\n",
        "nvidia-caps 235\n",
    ] {
        let proc = Proc::with("devices", without);
        let error = file_error(proc.files().capability_major_number().unwrap_err());
        assert_eq!(error.kind, ErrorKind::NotFound, "{without:?}");
        assert!(error.message.contains("'nvidia-caps'"), "{error}");
        assert!(error.message.contains("450 or newer"), "{error}");
    }
    for wrong in ["4096", "x", "-1", "99999999999"] {
        let proc = Proc::with(
            "devices",
            format!("Character devices:\n{wrong} nvidia-caps\n"),
        );
        let error = file_error(proc.files().capability_major_number().unwrap_err());
        assert_eq!((error.kind, error.line), (ErrorKind::InvalidData, Some(2)));
    }
    let error = Proc::empty().files().capability_major_number().unwrap_err();
    assert_eq!(file_error(error).kind, ErrorKind::NotFound);
}

/// The second of two GPUs with profiles 9 and 14, which a real A100 gives the ids 2 and 3, and a compute instance in
/// the latter; its files are the simulator's.
fn second_gpu(proc: &Path) -> (Machine, ComputeInstance) {
    let gpu = GpuSpec::new("a100-sxm4-40gb");
    let simulator = Simulator::builder().gpu(gpu.clone()).gpu(gpu);
    let mut machine = Machine::open(simulator.capabilities(proc).start().unwrap());
    machine.device = machine.nvml.device_by_index(1).unwrap();
    let _other = machine.create(9).unwrap();
    let gpu_instance = machine.create(14).unwrap();
    assert_eq!(gpu_instance.id().number(), 3);
    let profile = gpu_instance.compute_instance_profile_by_name("2g.10gb");
    let compute_instance = gpu_instance.create_compute_instance(profile.unwrap().id);
    (machine, compute_instance.unwrap())
}

#[test]
fn a_mig_device_needs_five_nodes() {
    let proc = Proc::empty();
    let (machine, compute_instance) = second_gpu(proc.folder());
    let device = compute_instance.mig_device().unwrap();
    let nodes = device.nodes(&proc.files()).unwrap();
    let expected = [
        "/dev/nvidiactl",
        "/dev/nvidia-uvm",
        "/dev/nvidia1",
        "/dev/nvidia-caps/nvidia-cap165",
        "/dev/nvidia-caps/nvidia-cap166",
    ]
    .map(Path::new);
    assert_eq!(nodes.paths(), expected);
    assert_eq!(nodes.gpu_instance.capability, gpu_instance(1, 3));
    let capability = compute_instance.capability().unwrap();
    assert_eq!(nodes.compute_instance.capability, capability);
    let parent = machine.device.gpu_instance_by_id(GpuInstanceId::new(3));
    assert_eq!(parent.unwrap().capability().unwrap(), gpu_instance(1, 3));
}

#[test]
fn several_mig_devices_share_nodes() {
    let proc = Proc::empty();
    let (machine, _first) = second_gpu(proc.folder());
    let other = machine.device.gpu_instance_by_id(GpuInstanceId::new(2));
    let other = other.unwrap();
    for _ in 0..2 {
        let profile = other.compute_instance_profile_by_name("1c.3g.20gb");
        let _made = other.create_compute_instance(profile.unwrap().id).unwrap();
    }
    let devices = machine.device.mig_devices().unwrap();
    let expected = [
        "nvidiactl",
        "nvidia-uvm",
        "nvidia1",
        "nvidia-caps/nvidia-cap156",
        "nvidia-caps/nvidia-cap157",
        "nvidia-caps/nvidia-cap158",
        "nvidia-caps/nvidia-cap165",
        "nvidia-caps/nvidia-cap166",
    ]
    .map(|name| Path::new("/host/dev").join(name));
    let files = proc.files().with_dev("/host/dev");
    assert_eq!(files.container_nodes(&devices).unwrap(), expected);
    assert!(files.container_nodes([]).unwrap().is_empty());
}

#[test]
fn access_files_come_and_go_with_their_instances_and_say_the_same() {
    let proc = Proc::empty();
    let (_machine, compute_instance) = second_gpu(proc.folder());
    let capability = compute_instance.capability().unwrap();
    fs::remove_file(proc.path(MIG_MINORS)).unwrap();
    assert_eq!(proc.minor(capability).unwrap(), 166);
    compute_instance.destroy().unwrap();
    assert!(!proc.files().access_file(capability).exists());
}

#[test]
fn a_mig_device_that_is_gone_has_no_nodes() {
    let proc = Proc::empty();
    let (machine, compute_instance) = second_gpu(proc.folder());
    let device = compute_instance.mig_device().unwrap();
    compute_instance.destroy().unwrap();
    let error = device.nodes(&proc.files()).unwrap_err();
    assert_eq!(error.code(), Some(ReturnCode::InvalidArgument), "{error}");
    drop(machine);
}

#[test]
fn without_a_minor_number_of_the_gpu_there_is_no_capability() {
    let proc = Proc::empty();
    let (machine, compute_instance) = second_gpu(proc.folder());
    let fail = || {
        machine.simulator.fail(
            "nvmlDeviceGetMinorNumber",
            1,
            nvmlReturn_t::NVML_ERROR_UNKNOWN,
        )
    };
    fail().unwrap();
    let error = compute_instance.capability().unwrap_err();
    assert_eq!(error.code(), Some(ReturnCode::Unknown));
    let gpu_instance = machine.device.gpu_instance_by_id(GpuInstanceId::new(3));
    fail().unwrap();
    let error = gpu_instance.unwrap().capability().unwrap_err();
    assert_eq!(error.function(), Some("nvmlDeviceGetMinorNumber"));
}

#[test]
fn nodes_that_the_files_do_not_give_are_an_error() {
    let proc = Proc::empty();
    let (_machine, compute_instance) = second_gpu(proc.folder());
    let device = compute_instance.mig_device().unwrap();
    let elsewhere = Proc::empty();
    let error = file_error(device.nodes(&elsewhere.files()).unwrap_err());
    assert_eq!(error.kind, ErrorKind::NotFound);
    let error = elsewhere.files().container_nodes([&device]).unwrap_err();
    assert_eq!(file_error(error).kind, ErrorKind::NotFound);
}
