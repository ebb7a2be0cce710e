//! Simulated processes.

use libloading::Library;
use nvml_mig_sim::{Process, ProcessFilter, ProcessKind, ProcessRecord, Simulator, nvmlReturn_t};
use nvml_mig_sys::nvmlProcessInfo_t;

use super::nvml::{INSUFFICIENT_SIZE, NOT_FOUND, Nvml, SUCCESS, c, text, zeroed};

#[test]
fn seen_on_the_gpu_and_on_their_mig_device() {
    let nvml = Nvml::with("a30");
    for _ in 0..2 {
        let parent = nvml.create(5).unwrap();
        nvml.create_compute(parent, 1).unwrap();
    }
    let process = Process::new(0, 4242).gpu_instance(2).compute_instance(0);
    nvml.simulator
        .busy(process.name("python").memory_mib(100))
        .unwrap();
    let (gpu, mut count, null) = (nvml.gpu(0), 0, core::ptr::null_mut());
    let code = c!(
        nvml,
        nvmlDeviceGetComputeRunningProcesses_v3(gpu, &mut count, null)
    );
    assert_eq!(
        (code, count),
        (INSUFFICIENT_SIZE, 1),
        "no room: the number is told"
    );
    let mut infos = [zeroed::<nvmlProcessInfo_t>(); 4];
    count = 4;
    let list = infos.as_mut_ptr();
    let code = c!(
        nvml,
        nvmlDeviceGetComputeRunningProcesses_v3(gpu, &mut count, list)
    );
    assert_eq!((code, count, infos[0].pid), (SUCCESS, 1, 4242));
    assert_eq!((infos[0].gpuInstanceId, infos[0].computeInstanceId), (2, 0));
    assert_eq!(infos[0].usedGpuMemory, 100 << 20);
    for (index, expected) in [(0, 0), (1, 1)] {
        let (mut count, list) = (4, infos.as_mut_ptr());
        let mig = nvml.mig(index).unwrap();
        let code = c!(
            nvml,
            nvmlDeviceGetComputeRunningProcesses_v2(mig, &mut count, list)
        );
        assert_eq!((code, count), (SUCCESS, expected), "MIG device {index}");
    }
}

#[test]
fn names() {
    let nvml = Nvml::with("a30");
    nvml.simulator
        .busy(Process::new(0, 4242).name("python"))
        .unwrap();
    // SAFETY: the file is the simulator's own library.
    let library = unsafe { Library::new(nvml.simulator.library_path()) }.unwrap();
    type Name = unsafe extern "C" fn(u32, *mut core::ffi::c_char, u32) -> u32;
    // SAFETY: nvml.h declares it so.
    let name = unsafe { library.get::<Name>(b"nvmlSystemGetProcessName") }.unwrap();
    let mut buffer = [0; 64];
    // SAFETY: the buffer has 64 bytes.
    assert_eq!(unsafe { name(4242, buffer.as_mut_ptr(), 64) }, SUCCESS);
    assert_eq!(text(&buffer), "python");
    // SAFETY: as above.
    assert_eq!(unsafe { name(1, buffer.as_mut_ptr(), 64) }, NOT_FOUND);
}

#[test]
fn only_on_what_is_there() {
    let nvml = Nvml::with("a30");
    let busy = |process| {
        nvml.simulator
            .busy(process)
            .map_err(|error| error.to_string())
    };
    let refused = Err("no such GPU or instance".to_owned());
    assert_eq!(busy(Process::new(1, 1)), refused);
    assert_eq!(busy(Process::new(0, 1).gpu_instance(0)), refused);
    assert_eq!(busy(Process::new(0, 1).compute_instance(0)), refused);
    nvml.create(0).unwrap();
    assert_eq!(
        busy(Process::new(0, 1).gpu_instance(0).compute_instance(0)),
        refused
    );
    assert_eq!(busy(Process::new(0, 1).gpu_instance(0)), Ok(()));
}

#[test]
fn those_that_a_filter_names_end() {
    let nvml = Nvml::with("a30");
    for pid in [1, 2, 3] {
        nvml.simulator.busy(Process::new(0, pid)).unwrap();
    }
    let second = ProcessFilter {
        pid: Some(2),
        ..ProcessFilter::default()
    };
    nvml.simulator.idle(second).unwrap();
    let (mut count, null) = (0, core::ptr::null_mut());
    let code = c!(
        nvml,
        nvmlDeviceGetComputeRunningProcesses_v3(nvml.gpu(0), &mut count, null)
    );
    assert_eq!((code, count), (INSUFFICIENT_SIZE, 2));
}

/// The bytes that a list function writes for one process; `None` if the library lacks the function.
fn listed(nvml: &Nvml, function: &str) -> Option<Vec<u8>> {
    type List = unsafe extern "C" fn(*mut core::ffi::c_void, *mut u32, *mut u8) -> u32;
    // SAFETY: the file is the simulator's own library.
    let library = unsafe { Library::new(nvml.simulator.library_path()) }.unwrap();
    // SAFETY: nvml.h declares all lists so, but for the type of a record.
    let list = unsafe { library.get::<List>(function.as_bytes()) }.ok()?;
    let (mut count, mut bytes) = (4, [0xaa_u8; 4 * 40]);
    // SAFETY: the buffer has room for four of the longest records.
    let code = unsafe { list(nvml.gpu(0).cast(), &mut count, bytes.as_mut_ptr()) };
    assert_eq!(code, SUCCESS, "{function}");
    let length = bytes.iter().rposition(|&byte| byte != 0xaa);
    Some(bytes[..length.map_or(0, |last| last + 1)].to_vec())
}

/// One process of each kind.
fn busy(simulator: impl Fn() -> nvml_mig_sim::SimulatorBuilder) -> Nvml {
    let nvml = Nvml::start(simulator().gpu(nvml_mig_sim::GpuSpec::new("a30")));
    let parent = nvml.create(5).unwrap();
    nvml.create_compute(parent, 1).unwrap();
    for (pid, kind) in [
        (7, ProcessKind::Compute),
        (8, ProcessKind::MpsCompute),
        (9, ProcessKind::Graphics),
    ] {
        let process = Process::new(0, pid).gpu_instance(1).compute_instance(0);
        nvml.simulator
            .busy(process.memory_mib(1).kind(kind))
            .unwrap();
    }
    nvml
}

/// A record: process id, C's padding, memory of 1 MiB, and what follows.
fn record(pid: u8, rest: &[u8]) -> Vec<u8> {
    let mut bytes = vec![pid, 0, 0, 0, 0, 0, 0, 0];
    bytes.extend((1_u64 << 20).to_ne_bytes());
    bytes.extend(rest);
    bytes
}

const IDS: &[u8] = &[1, 0, 0, 0, 0, 0, 0, 0];

#[test]
fn three_lists_in_the_records_of_three_ages() {
    let nvml = busy(Simulator::builder);
    for (list, pid) in [("Compute", 7), ("MPSCompute", 8), ("Graphics", 9)] {
        let name = format!("nvmlDeviceGet{list}RunningProcesses");
        assert_eq!(listed(&nvml, &name).unwrap(), record(pid, &[]), "{name}");
        for version in ["_v2", "_v3"] {
            let name = format!("{name}{version}");
            assert_eq!(listed(&nvml, &name).unwrap(), record(pid, IDS), "{name}");
        }
    }
}

/// 535.54.03 writes 32 bytes where nvml.h has 24; 535.154.05 writes 24 again. A switch gives any driver any record.
#[test]
fn records_of_another_length_than_nvml_h_says() {
    let newest = "nvmlDeviceGetComputeRunningProcesses_v3";
    let long = [IDS, &[0; 8]].concat();
    for (driver, rest) in [
        ("510.47.03", IDS),
        ("535.54.03", &long),
        ("535.86.10", &long),
        ("535.154.05", IDS),
        ("535.261.03", IDS),
        ("550.163.01", IDS),
    ] {
        let nvml = busy(|| Simulator::builder().driver_version(driver));
        assert_eq!(listed(&nvml, newest).unwrap(), record(7, rest), "{driver}");
        let older = listed(&nvml, "nvmlDeviceGetComputeRunningProcesses_v2");
        assert_eq!(older.unwrap(), record(7, IDS), "{driver}");
    }
    let short = || Simulator::builder().process_record(ProcessRecord::WithoutIds);
    assert_eq!(listed(&busy(short), newest).unwrap(), record(7, &[]));
}

/// The second version is the newest of 470, and keeps its record where there is a third one.
#[test]
fn a_switch_concerns_the_newest_lists() {
    let second = "nvmlDeviceGetComputeRunningProcesses_v2";
    let long = [IDS, &[0; 8]].concat();
    for (driver, record_format, rest) in [
        ("470.57.02", ProcessRecord::WithoutIds, &[][..]),
        ("470.57.02", ProcessRecord::WithIds, IDS),
        ("470.57.02", ProcessRecord::WithProtectedMemory, &long),
        ("510.47.03", ProcessRecord::WithProtectedMemory, IDS),
    ] {
        let builder = || Simulator::builder().driver_version(driver);
        let nvml = busy(|| builder().process_record(record_format));
        let found = listed(&nvml, second).unwrap();
        assert_eq!(found, record(7, rest), "{driver} {record_format:?}");
    }
}

/// The first 450 drivers have the unsuffixed lists only, 470 the second version, 510 the third.
#[test]
fn lists_that_a_driver_lacks() {
    for (driver, newest) in [
        ("450.80.02", ""),
        ("450.248.02", "_v2"),
        ("470.57.02", "_v2"),
        ("510.47.03", "_v3"),
    ] {
        let nvml = busy(|| Simulator::builder().driver_version(driver));
        let versions = ["", "_v2", "_v3"];
        let newest = versions.iter().position(|&version| version == newest);
        for (age, version) in versions.iter().enumerate() {
            let name = format!("nvmlDeviceGetComputeRunningProcesses{version}");
            assert_eq!(
                listed(&nvml, &name).is_some(),
                age <= newest.unwrap(),
                "{driver}: {name}"
            );
        }
    }
}

/// A client that finds the newest function hidden or failing uses an older one, which does not call it.
#[test]
fn an_older_function_works_by_itself() {
    let newest = "nvmlDeviceGetComputeRunningProcesses_v3";
    let nvml = busy(Simulator::builder);
    nvml.simulator
        .fail(newest, 0, nvmlReturn_t::NVML_ERROR_FUNCTION_NOT_FOUND)
        .unwrap();
    nvml.simulator
        .fail(
            "nvmlDeviceGetCount_v2",
            0,
            nvmlReturn_t::NVML_ERROR_FUNCTION_NOT_FOUND,
        )
        .unwrap();
    let older = listed(&nvml, "nvmlDeviceGetComputeRunningProcesses_v2");
    assert_eq!(older.unwrap(), record(7, IDS));
    type Count = unsafe extern "C" fn(*mut u32) -> u32;
    // SAFETY: the file is the simulator's own library.
    let library = unsafe { Library::new(nvml.simulator.library_path()) }.unwrap();
    // SAFETY: nvml.h declares it so.
    let count = unsafe { library.get::<Count>(b"nvmlDeviceGetCount") }.unwrap();
    let mut gpus = 0;
    // SAFETY: the parameter is a number to be written.
    assert_eq!((unsafe { count(&mut gpus) }, gpus), (SUCCESS, 1));
    let hidden =
        busy(|| Simulator::builder().hide([newest, "nvmlDeviceGetComputeRunningProcesses_v2"]));
    assert_eq!(listed(&hidden, newest), None);
    let oldest = listed(&hidden, "nvmlDeviceGetComputeRunningProcesses");
    assert_eq!(oldest.unwrap(), record(7, &[]));
}
