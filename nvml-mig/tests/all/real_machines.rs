//! The kinds of trouble that people have on real machines, each on every simulated machine that shows it. More about each
//! kind is in the files named here.

use std::time::Duration;

use crate::support::machine::{DRIVERS, Driver, Machine, on_each_driver};
use nvml_mig::device::{MemoryInfo, ProcessKind as Kind, VisibleDevices};
use nvml_mig::error::Cause;
use nvml_mig::inventory::Inventory;
use nvml_mig::mig_parted::MigPartedFile;
use nvml_mig::monitor::MigWatch;
use nvml_mig::node::DriverFiles;
use nvml_mig::plan::PresentGpuInstance;
use nvml_mig::snapshot::{GpuSnapshot, Snapshot};
use nvml_mig::{Nvml, ReturnCode};
use nvml_mig_sim::{
    Caller, GpuSpec, Process, ProcessKind, Simulator, SimulatorBuilder, nvmlReturn_t,
};

/// Drivers that count, name or hand out what is not so (also: `process_records.rs`, `.ci/liar`).
#[test]
fn what_a_driver_reports_wrongly_is_not_believed() {
    let a30 = || GpuSpec::new("a30");
    for gpu in [
        a30(),
        a30().reported_instance_count(0),
        a30().reported_instance_count(1),
        a30().reported_instance_count(99),
        a30().stale_mig_handles(true),
        a30().plain_media_names(true),
    ] {
        on_each_driver(|driver| {
            let machine = driver.of(gpu.clone());
            for _ in 0..3 {
                let _device = machine
                    .device
                    .create_mig_device(profile(&machine, "1g.6gb"));
            }
            let _with_media = machine
                .device
                .create_mig_device(profile(&machine, "1g.6gb+me"));
            let listed = machine.device.gpu_instances().unwrap();
            assert_eq!(listed.len(), 4);
            let names = listed
                .iter()
                .map(|one| one.profile().unwrap().name.to_string());
            assert_eq!(names.filter(|name| name == "1g.6gb+me").count(), 1);
            assert_eq!(machine.device.mig_devices().unwrap().len(), 4);
            let snapshot = GpuSnapshot::read(&machine.device).unwrap();
            assert_eq!(snapshot.mig_devices.len(), 4);
        });
    }
}

fn profile(machine: &Machine, name: &str) -> nvml_mig::profile::GpuInstanceProfileId {
    machine
        .device
        .gpu_instance_profile_by_name(name)
        .unwrap()
        .id
}

/// What a driver with only some of the functions says of a GPU, without what the oldest functions do not have.
fn reading(machine: &Machine) -> (GpuSnapshot, Vec<(u32, Kind)>, MemoryInfo, u32) {
    let device = &machine.device;
    let processes = device.processes().unwrap().into_iter();
    let processes = processes
        .map(|process| (process.pid, process.kind))
        .collect();
    let memory = device.memory_info().unwrap();
    let memory = MemoryInfo::new(memory.total_bytes, memory.free_bytes, memory.used_bytes);
    let mig_devices = device.mig_devices().unwrap();
    let attributes = mig_devices[0].attributes().unwrap();
    let snapshot = GpuSnapshot::read(device).unwrap();
    (snapshot, processes, memory, attributes.multiprocessor_count)
}

fn busy(builder: SimulatorBuilder) -> Machine {
    let machine = Machine::open(builder.gpu(GpuSpec::new("a30")).start().unwrap());
    let half = profile(&machine, "2g.12gb");
    let made = machine.device.create_mig_device(half).unwrap();
    let gpu_instance = made.gpu_instance_id().unwrap().number();
    let process = Process::new(0, 4242)
        .gpu_instance(gpu_instance)
        .compute_instance(0);
    machine.simulator.busy(process.memory_mib(100)).unwrap();
    machine
}

/// A function that is missing and one that answers `FUNCTION_NOT_FOUND` (also: `old_drivers.rs`, `profile_versions.rs`).
#[test]
fn every_fall_back_ends_in_the_oldest_form() {
    let newest: [&[&str]; 8] = [
        &["nvmlDeviceGetComputeRunningProcesses_v3"],
        &[
            "nvmlDeviceGetComputeRunningProcesses_v3",
            "nvmlDeviceGetComputeRunningProcesses_v2",
        ],
        &["nvmlDeviceGetAttributes_v2"],
        &["nvmlDeviceGetMemoryInfo_v2"],
        &["nvmlDeviceGetGpuInstancePossiblePlacements_v2"],
        &["nvmlComputeInstanceGetInfo_v2"],
        &["nvmlDeviceGetGpuInstanceProfileInfoV"],
        &["nvmlGpuInstanceGetComputeInstanceProfileInfoV"],
    ];
    let expected = reading(&busy(Simulator::builder()));
    for functions in newest {
        let hidden = busy(Simulator::builder().hide(functions.iter().copied()));
        assert_eq!(reading(&hidden), expected, "without {functions:?}");
        let refusing = busy(Simulator::builder());
        for function in functions {
            let code = nvmlReturn_t::NVML_ERROR_FUNCTION_NOT_FOUND;
            refusing.simulator.fail(function, 0, code).unwrap();
        }
        // Another connection, which has no answer from before.
        let nvml = Nvml::init_from(refusing.simulator.library_path()).unwrap();
        let device = nvml.device_by_index(0).unwrap();
        let simulator = refusing.simulator;
        let refusing = Machine {
            device,
            nvml,
            simulator,
        };
        assert_eq!(reading(&refusing), expected, "refusing {functions:?}");
    }
    for driver in DRIVERS {
        let machine = busy(Simulator::builder().driver_version(driver));
        let old = reading(&machine);
        assert_eq!(old.0.gpu_instances, expected.0.gpu_instances, "{driver}");
        assert_eq!(
            (&old.1, old.2, old.3),
            (&expected.1, expected.2, expected.3),
            "{driver}"
        );
        let watch = MigWatch::start(std::slice::from_ref(&machine.device)).unwrap();
        assert_eq!(watch.devices().count(), 1, "{driver}");
    }
}

/// Also: `process_records.rs`, and `hints.rs` for whoever is in no list.
#[test]
fn busy_means_all_three_lists_on_every_driver() {
    on_each_driver(|driver| {
        // The first drivers have no list for MPS.
        let mps = (driver.0 != DRIVERS[0]).then_some(ProcessKind::MpsCompute);
        let kinds = [ProcessKind::Compute, ProcessKind::Graphics];
        for kind in kinds.into_iter().chain(mps) {
            let machine = driver.with("a30");
            let half = profile(&machine, "2g.12gb");
            let made = [0, 1].map(|_| machine.device.create_mig_device(half).unwrap());
            let id = made[1].gpu_instance_id().unwrap();
            let process = Process::new(0, 4242).gpu_instance(id.number());
            let process = process.compute_instance(0).kind(kind);
            machine.simulator.busy(process).unwrap();
            let present = PresentGpuInstance::read_all(&machine.device).unwrap();
            let busy: Vec<_> = present.iter().filter(|one| one.busy).collect();
            assert!(busy.iter().any(|one| one.id == id), "{} {kind:?}", driver.0);
        }
    });
}

/// Also: `each_device.rs`, `watch.rs`, `snapshot.rs`, `examples.rs`, `mig_layout.rs`.
#[test]
fn one_bad_gpu_never_loses_the_list() {
    use nvmlReturn_t as C;
    let codes = [
        (C::NVML_ERROR_GPU_IS_LOST, ReturnCode::GpuIsLost),
        (C::NVML_ERROR_NO_PERMISSION, ReturnCode::NoPermission),
        (C::NVML_ERROR_UNKNOWN, ReturnCode::Unknown),
        (C::NVML_ERROR_INVALID_ARGUMENT, ReturnCode::InvalidArgument),
    ];
    let text =
        "version: v1\nmig-configs: {one: [{devices: all, mig-enabled: true, mig-devices: {}}]}";
    let file = MigPartedFile::parse("config.yaml", text).unwrap();
    let config = file.config("one").unwrap();
    for (code, expected) in codes {
        on_each_driver(|Driver(driver)| {
            let builder = ["a30", "a30", "t4", "a30"]
                .iter()
                .fold(Simulator::builder(), |builder, board| {
                    builder.gpu(GpuSpec::new(*board))
                });
            let simulator = builder.driver_version(driver).start().unwrap();
            let nvml = Nvml::init_from(simulator.library_path()).unwrap();
            let opened = nvml.devices().unwrap();
            let last = opened[3].uuid().unwrap();
            simulator.refuse_gpu(1, Some(code)).unwrap();
            let codes = |each: Vec<(u32, Option<ReturnCode>)>| {
                let bad: Vec<_> = each.iter().filter(|(_, code)| code.is_some()).collect();
                assert_eq!(bad, [&(1, Some(expected))]);
                each.len()
            };

            let each = nvml.each_device().unwrap();
            let each = each.map(|(index, gpu)| (index, gpu.err().and_then(|e| e.code())));
            assert_eq!(codes(each.collect()), 4);
            let each = nvml.each_mig_capable_device().unwrap();
            let each = each.map(|(index, gpu)| (index, gpu.err().and_then(|e| e.code())));
            assert_eq!(codes(each.collect()), 3);
            let each = Snapshot::read_each(nvml.each_device().unwrap());
            let each = each.map(|(index, gpu)| (index, gpu.err().and_then(|e| e.code())));
            assert_eq!(codes(each.collect()), 4);
            let each = config.each_target(nvml.each_device().unwrap()).unwrap();
            let each = each.into_iter();
            let each = each.map(|(index, gpu)| (index, gpu.err().and_then(|e| e.code())));
            assert_eq!(codes(each.collect()), 3);
            let exported = MigPartedFile::from_each_device("now", nvml.each_device().unwrap());
            let (_, left_out) = exported.unwrap();
            let left_out = left_out
                .into_iter()
                .map(|(index, error)| (index, error.code()));
            assert_eq!(codes(left_out.collect()), 1);

            let preflight = nvml.preflight(&DriverFiles::new());
            assert_eq!(preflight.gpus.len(), 4);
            assert!(!preflight.gpus[1].obstacles.is_empty());
            let all = nvml.visible_devices(&VisibleDevices::from_nvidia(Some("all")));
            let all = all.unwrap();
            assert_eq!((all.devices.len(), all.invalid.len()), (3, 1));
            let found = nvml.find_device(&last[..16].parse().unwrap()).unwrap();
            assert_eq!(found.uuid().unwrap(), last);
            let mut watch = MigWatch::start(&opened).unwrap();
            assert_eq!(watch.devices().count(), 2);
            let error = watch.wait(Duration::ZERO).unwrap_err();
            assert_eq!(error.code(), Some(expected));
        });
    }
}

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
