//! Process lists of drivers whose records are longer or shorter than those of nvml.h, as drivers 535.54 to 535.153 and
//! one 550 write them.

use nvml_mig::device::ProcessKind;
use nvml_mig::error::Cause;
use nvml_mig::plan::{GpuModel, PlanOptions, PresentGpuInstance};
use nvml_mig::{Device, Layout, Nvml, ReturnCode};
use nvml_mig_sim::{
    self as simulated, GpuSpec, Process, ProcessRecord, Simulator, SimulatorBuilder, nvmlReturn_t,
};

/// Two GPU instances with compute instances, and processes on the first.
struct Busy {
    simulator: Simulator,
    nvml: Nvml,
}

impl Busy {
    fn on(builder: SimulatorBuilder, processes: u32) -> Self {
        let simulator = builder.gpu(GpuSpec::new("a30")).start().unwrap();
        let nvml = Nvml::init_from(simulator.library_path()).unwrap();
        let device = nvml.device_by_index(0).unwrap();
        let profile = device.gpu_instance_profile_by_name("1g.6gb").unwrap().id;
        for _ in 0..2 {
            let made = device.create_gpu_instance(profile).unwrap();
            let inside = made.compute_instance_profile_by_name("1g.6gb").unwrap();
            let _stays = made.create_compute_instance(inside.id).unwrap();
        }
        for pid in 1..=processes {
            let process = Process::new(0, pid).gpu_instance(3).compute_instance(0);
            simulator.busy(process.memory_mib(pid.into())).unwrap();
        }
        Self { simulator, nvml }
    }

    fn device(&self) -> Device {
        self.nvml.device_by_index(0).unwrap()
    }

    /// The ids of the GPU instances that count as busy.
    fn busy_instances(&self) -> Vec<u32> {
        let present = PresentGpuInstance::read_all(&self.device()).unwrap();
        let busy = present.iter().filter(|instance| instance.busy);
        busy.map(|instance| u32::from(instance.id)).collect()
    }
}

/// Drivers by their version, from the first, which has only the oldest function, and the two records that only a switch of the simulator gives.
fn drivers() -> Vec<(&'static str, Option<ProcessRecord>)> {
    vec![
        ("450.80.02", None),
        ("470.57.02", None),
        ("510.47.03", None),
        ("535.54.03", None),
        ("535.86.10", None),
        ("535.154.05", None),
        ("550.163.01", None),
        ("580.65.06", None),
        ("550.127.08", Some(ProcessRecord::WithoutIds)),
        ("570.86.15", Some(ProcessRecord::WithProtectedMemory)),
    ]
}

fn builder(driver: &str, record: Option<ProcessRecord>) -> SimulatorBuilder {
    let builder = Simulator::builder().driver_version(driver);
    match record {
        Some(record) => builder.process_record(record),
        None => builder,
    }
}

/// The functions without a version, which the first drivers have, do not tell the instances.
fn has_ids(driver: &str, record: Option<ProcessRecord>) -> bool {
    record != Some(ProcessRecord::WithoutIds) && !driver.starts_with("450.80")
}

#[test]
fn every_length_of_record_gives_the_same_processes() {
    for (driver, record) in drivers() {
        for count in [0, 1, 2, 3, 9, 200] {
            let busy = Busy::on(builder(driver, record), count);
            let processes = busy.device().processes().unwrap();
            let pids = processes.iter().map(|process| process.pid);
            assert!(pids.eq(1..=count), "{driver} {record:?} {count}");
            let has_ids = has_ids(driver, record);
            for process in processes {
                let memory = process.used_gpu_memory_bytes;
                assert_eq!(memory, Some(u64::from(process.pid) << 20), "{driver}");
                let ids = (process.gpu_instance_id, process.compute_instance_id);
                let ids = (ids.0.map(u32::from), ids.1.map(u32::from));
                let expected = if has_ids {
                    (Some(3), Some(0))
                } else {
                    (None, None)
                };
                assert_eq!(ids, expected, "{driver} {record:?} {count}");
            }
        }
    }
}

/// What runs on an instance that the driver does not name may run on any.
#[test]
fn processes_without_ids_make_every_instance_busy() {
    for (driver, record) in drivers() {
        let busy = Busy::on(builder(driver, record), 2);
        let expected: &[u32] = if has_ids(driver, record) {
            &[3]
        } else {
            &[3, 4]
        };
        assert_eq!(busy.busy_instances(), expected, "{driver} {record:?}");
    }
}

/// The plan that destroyed busy instances on these drivers.
#[test]
fn no_plan_destroys_a_busy_instance() {
    let wanted: Layout = "4g.24gb".parse().unwrap();
    for (driver, record) in drivers() {
        let busy = Busy::on(builder(driver, record), 9);
        let present = PresentGpuInstance::read_all(&busy.device()).unwrap();
        let model = GpuModel::read(&busy.device()).unwrap();
        let plan = model.plan(&present, &wanted, PlanOptions::default());
        assert!(plan.is_err(), "{driver} {record:?}: {plan:?}");
    }
}

/// A process that ended or was started between the two calls for a list.
#[test]
fn lists_that_change_are_read_again() {
    for (driver, record) in drivers() {
        let busy = Busy::on(builder(driver, record), 5);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for pid in 100..160 {
                    let process = Process::new(0, pid).gpu_instance(3).compute_instance(0);
                    busy.simulator.busy(process).unwrap();
                }
            });
            for _ in 0..40 {
                match busy.device().processes() {
                    Ok(processes) => assert!(processes.iter().all(|it| it.pid < 160)),
                    // It has grown each time that it was read.
                    Err(error) => assert_eq!(error.code(), Some(ReturnCode::InsufficientSize)),
                }
            }
        });
    }
}

/// No process has the id 0.
#[test]
fn an_impossible_answer_is_an_error_that_says_so() {
    let busy = Busy::on(Simulator::builder(), 1);
    let impossible = Process::new(0, 0).gpu_instance(3).compute_instance(0);
    busy.simulator.busy(impossible).unwrap();
    let error = busy.device().processes().unwrap_err();
    assert_eq!(error.code(), Some(ReturnCode::Success));
    assert_eq!(error.cause(), Some(Cause::ImplausibleAnswer));
    let text = error.to_string();
    let begin = "nvmlDeviceGetComputeRunningProcesses_v3: NVML_SUCCESS (0) on GPU-";
    assert!(text.starts_with(begin), "{text}");
    assert!(text.contains("its answer can't be right"), "{text}");
    // Any of the instances may have a process.
    assert_eq!(busy.busy_instances().len(), 2);
}

/// Graphics processes and clients of MPS keep an instance busy, as compute processes do.
#[test]
fn each_of_the_three_lists_makes_an_instance_busy() {
    let kinds = [
        (simulated::ProcessKind::Compute, ProcessKind::Compute),
        (simulated::ProcessKind::MpsCompute, ProcessKind::MpsCompute),
        (simulated::ProcessKind::Graphics, ProcessKind::Graphics),
    ];
    for (driver, record) in drivers() {
        for (simulated, kind) in kinds {
            let busy = Busy::on(builder(driver, record), 0);
            let process = Process::new(0, 7).gpu_instance(3).compute_instance(0);
            busy.simulator.busy(process.kind(simulated)).unwrap();
            let processes = busy.device().processes().unwrap();
            let found: Vec<_> = processes.iter().map(|it| (it.pid, it.kind)).collect();
            assert_eq!(found, [(7, kind)], "{driver} {record:?}");
            assert!(busy.busy_instances().contains(&3), "{driver} {kind}");
            let of_instance = busy.device().gpu_instances().unwrap().remove(0);
            let error = of_instance.destroy_with_compute_instances().unwrap_err();
            assert!(error.error.to_string().contains("process 7"), "{error:?}");
        }
    }
}

/// A driver without the newer lists has no such processes.
#[test]
fn lists_that_a_driver_lacks_are_empty() {
    let busy = Busy::on(Simulator::builder(), 1);
    for list in ["MPSCompute", "Graphics"] {
        for version in ["", "_v2", "_v3"] {
            let function = format!("nvmlDeviceGet{list}RunningProcesses{version}");
            let code = if version.is_empty() {
                nvmlReturn_t::NVML_ERROR_NOT_SUPPORTED
            } else {
                nvmlReturn_t::NVML_ERROR_FUNCTION_NOT_FOUND
            };
            busy.simulator.fail(&function, 0, code).unwrap();
        }
    }
    assert_eq!(busy.device().processes().unwrap().len(), 1);
    let busy = Busy::on(Simulator::builder(), 1);
    let refused = nvmlReturn_t::NVML_ERROR_NO_PERMISSION;
    let function = "nvmlDeviceGetGraphicsRunningProcesses_v3";
    busy.simulator.fail(function, 0, refused).unwrap();
    let error = busy.device().processes().unwrap_err();
    assert_eq!(error.function(), Some(function), "a refusal is an error");
}
