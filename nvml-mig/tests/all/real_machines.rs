//! The kinds of trouble that people have on real machines, each on every simulated machine that shows it. More about each
//! kind is in the files named here.

use std::time::Duration;

use crate::support::machine::{BOARDS, DRIVERS, Driver, Machine, on_each_driver};
use nvml_mig::device::{MemoryInfo, ProcessKind as Kind, VisibleDevices};
use nvml_mig::error::Cause;
use nvml_mig::inventory::Inventory;
use nvml_mig::mig_parted::{MigPartedFile, MigPartedOmission};
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

/// Also: `process_records.rs`, and `hints.rs` for processes that are in no list.
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

/// Also: `each_device.rs`, `watch.rs`, `snapshot.rs`, `examples.rs`, and the tests of nvml-mig-cli.
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
            let left_out = exported.unwrap().omissions.into_iter();
            let left_out = left_out.map(|omission| match omission {
                MigPartedOmission::Unreadable { gpu, source, .. } => (gpu, source.code()),
                other => panic!("{other}"),
            });
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

/// Every code at the start and at calls of each kind (also: `hints.rs`, `errors.rs`, `opening.rs`, and the tests of HINTS.md
/// and ERRORS.md).
#[test]
fn every_code_is_one_sentence_with_what_was_refused() {
    let codes = || (1..=30).chain([77, 999]).map(nvmlReturn_t);
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let simulator = &machine.simulator;
        let library = simulator.library_path().to_str().unwrap();
        for code in codes() {
            simulator.fail("nvmlInit_v2", 1, code).unwrap();
            let error = Nvml::init_from(library).unwrap_err();
            assert_sentence(&error, "nvmlInit_v2", code);
            assert!(error.to_string().contains(library), "{error}");
            assert!(error.cause().is_some() || code.0 == 13, "{error}");
        }
        let profile = profile(&machine, "2g.12gb");
        let (device, nvml) = (&machine.device, &machine.nvml);
        let made = device.create_mig_device(profile).unwrap();
        type Call<'a> = (&'a str, Box<dyn Fn() -> nvml_mig::Error + 'a>);
        let calls: [Call<'_>; 7] = [
            (
                "nvmlDeviceGetHandleByIndex_v2",
                Box::new(|| nvml.device_by_index(0).unwrap_err()),
            ),
            (
                "nvmlDeviceGetHandleByUUID",
                Box::new(|| nvml.device_by_uuid("GPU-1").unwrap_err()),
            ),
            ("nvmlDeviceGetName", Box::new(|| device.name().unwrap_err())),
            ("nvmlDeviceGetName", Box::new(|| made.name().unwrap_err())),
            (
                "nvmlDeviceGetGpuInstances",
                Box::new(|| device.gpu_instances().unwrap_err()),
            ),
            (
                "nvmlDeviceCreateGpuInstance",
                Box::new(|| device.create_gpu_instance(profile).unwrap_err()),
            ),
            (
                "nvmlDeviceSetMigMode",
                Box::new(|| {
                    device
                        .set_mig_mode(nvml_mig::MigMode::Disabled)
                        .unwrap_err()
                }),
            ),
        ];
        for (function, call) in &calls {
            for code in codes() {
                simulator.fail(function, 1, code).unwrap();
                assert_sentence(&call(), function, code);
                simulator.clear_faults().unwrap();
            }
        }
    });
}

/// One line that names the function, and has a remedy or at least the code; who only asks is not told to destroy all.
fn assert_sentence(error: &nvml_mig::Error, function: &str, code: nvmlReturn_t) {
    let text = error.to_string();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains(function), "{text}");
    let is_missing = code == nvmlReturn_t::NVML_ERROR_FUNCTION_NOT_FOUND;
    let number = format!("({})", code.0);
    assert!(is_missing || text.contains(&number), "{text}");
    assert_eq!(
        error.code(),
        Some(ReturnCode::from_number(code.0)),
        "{text}"
    );
    for general in [1, 4, 15, 16, 18] {
        assert!(code.0 != general || error.cause().is_some(), "{text}");
    }
    let wrong = [
        "-dci`",
        "-dgi`",
        "nvidia-smi --gpu-reset",
        "nvidia-smi mig -d",
    ];
    let bare = |wrong: &&str| text.contains(*wrong) && !text.contains(" -i ");
    assert!(!wrong.iter().any(bare), "{text}");
}

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

/// Also: `device_nodes.rs`, `capability.rs`, `cdi.rs`, `cdi_check.rs`, `cdi_devices.rs`.
#[test]
#[cfg(all(feature = "cdi", feature = "nodes", target_os = "linux"))]
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

/// Also: `raw.rs`, `events.rs`, `watch.rs`, `printed_and_read.rs`, and the programs in `downstream`.
#[test]
fn what_downstream_authors_lacked_is_there() {
    on_each_driver(|driver| {
        let machine = driver.with("a30");
        let half = profile(&machine, "2g.12gb");
        let made = machine.device.create_mig_device(half).unwrap();
        assert_eq!(made.profile().unwrap().as_str(), "2g.12gb");
        // SAFETY: the handle is one of this library, and was just returned.
        let again = unsafe { nvml_mig::MigDevice::from_raw(&machine.nvml, made.as_raw()) };
        assert_eq!(again, made);
        let devices = std::slice::from_ref(&machine.device);
        let kinds = [nvml_mig::monitor::EventKind::Xid];
        let mut events = nvml_mig::monitor::EventWatch::start(devices, &kinds).unwrap();
        let ids = (
            made.gpu_instance_id().unwrap(),
            made.compute_instance_id().unwrap(),
        );
        let xid = nvml_mig_sim::Event::new(8, 31);
        let xid = xid
            .gpu_instance(ids.0.number())
            .compute_instance(ids.1.number());
        machine.simulator.post_event(0, xid).unwrap();
        let event = events.wait(Duration::ZERO).unwrap().unwrap();
        assert_eq!(event.xid(), Some(31));
        let of = (event.gpu_instance_id, event.compute_instance_id);
        assert_eq!(of, (Some(ids.0), Some(ids.1)), "{}", driver.0);
        let mut watch = MigWatch::start(devices).unwrap();
        watch.waker().wake();
        assert_eq!(watch.wait(Duration::MAX).unwrap(), None);
        let snapshot = GpuSnapshot::read(&machine.device).unwrap();
        let named = &snapshot.mig_devices[0];
        assert_eq!(named.uuid, made.uuid().unwrap());
        let number: u32 = ids.0.into();
        assert_eq!(number.to_string().parse(), Ok(ids.0));
    });
}
