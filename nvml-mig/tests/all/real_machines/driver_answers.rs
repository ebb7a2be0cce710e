//! Drivers that report what is not so, lack functions, or list processes in several lists.

use crate::support::machine::{DRIVERS, Machine, on_each_driver};
use nvml_mig::Nvml;
use nvml_mig::device::{MemoryInfo, ProcessKind as Kind};
use nvml_mig::monitor::MigWatch;
use nvml_mig::plan::PresentGpuInstance;
use nvml_mig::snapshot::GpuSnapshot;
use nvml_mig_sim::{GpuSpec, Process, ProcessKind, Simulator, SimulatorBuilder, nvmlReturn_t};

use super::profile;

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
