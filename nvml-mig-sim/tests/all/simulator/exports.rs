//! What the library exports.

use std::collections::BTreeSet;
use std::fs;

use nvml_mig_sim::Simulator;
use nvml_mig_sim::machine::DriverVersion;
use nvml_mig_sys::FUNCTIONS;

/// The functions that the library exports under NVML's prefix, in order.
pub(crate) fn exported() -> Vec<String> {
    let names = nvml_mig_sim::exported_functions().unwrap();
    names.into_iter().collect()
}

/// NVIDIA's libraries of drivers 450 to 555 and the headers of CUDA 11.7 to 13.5 have 445 names together; the simulator
/// adds its control function.
#[test]
fn every_function_of_nvidias_libraries() {
    let names = exported();
    assert_eq!(names.len(), 445 + 1);
    for name in FUNCTIONS
        .iter()
        .copied()
        .chain(["nvmlInternalGetExportTable", "nvmlMigSimControl"])
    {
        assert!(names.binary_search(&name.to_owned()).is_ok(), "{name}");
    }
}

/// As many as NVIDIA's libraries of these drivers export (`nm -D` on Debian's packages of them).
#[test]
fn a_driver_exports_what_it_has() {
    for (driver, expected) in [
        ("450.248.02", 242),
        ("460.106.00", 246),
        ("470.256.02", 255),
        ("525.147.05", 312),
        ("535.261.03", 332),
        ("550.163.01", 350),
        ("555.58.02", 354),
    ] {
        assert_eq!(exported_by(driver).len(), expected + 1, "{driver}");
    }
}

/// What the library of a simulated driver exports, as the linker sees it.
fn exported_by(driver: &str) -> BTreeSet<String> {
    let simulator = Simulator::builder().driver_version(driver).start().unwrap();
    // SAFETY: the file is the simulator's own library.
    let library = unsafe { libloading::Library::new(simulator.library_path()) }.unwrap();
    // SAFETY: only whether a name is there is asked.
    let has = |name: &String| unsafe { library.get::<fn()>(name.as_bytes()) }.is_ok();
    exported().into_iter().filter(has).collect()
}

/// Drivers of every age: the library exports the table of its version, and what each brought is there from then on
/// (nvml.h of the CUDA version that came with it).
#[test]
fn each_age_of_driver() {
    let ages = [
        ("450.80.02", "nvmlDeviceGetMigMode"),
        ("460.106.00", "nvmlDeviceCreateGpuInstanceWithPlacement"),
        ("470.57.02", "nvmlDeviceGetGpuInstancePossiblePlacements_v2"),
        ("510.47.03", "nvmlDeviceGetComputeRunningProcesses_v3"),
        ("535.86.10", "nvmlDeviceGetConfComputeMemSizeInfo"),
        ("535.261.03", "nvmlDeviceGetRunningProcessDetailList"),
        ("550.163.01", "nvmlDeviceGetNumaNodeId"),
        ("580.95.05", "nvmlDeviceGetGpuInstanceProfileInfoByIdV"),
    ];
    let mut before = BTreeSet::new();
    for (driver, brought) in ages {
        let found = exported_by(driver);
        let unknown: BTreeSet<&str> = DriverVersion::from(driver.to_owned())
            .unknown_functions()
            .collect();
        let table = exported().into_iter();
        let table = table.filter(|name| !unknown.contains(name.as_str()));
        assert_eq!(found, table.collect(), "{driver}");
        assert!(found.contains(brought), "{driver} lacks {brought}");
        assert!(!before.contains(brought), "{brought} came before {driver}");
        before = found;
    }
}

/// Clients that link against NVML record this name.
#[test]
fn soname() {
    let simulator = Simulator::builder().start().unwrap();
    let bytes = fs::read(simulator.library_path()).unwrap();
    let mut names = bytes.split(|&byte| byte == 0);
    assert!(names.any(|name| name == b"libnvidia-ml.so.1"));
}

/// Under both names that programs open.
#[test]
fn file_names() {
    let simulator = Simulator::builder().start().unwrap();
    let path = simulator.library_path();
    assert_eq!(path.file_name().unwrap(), "libnvidia-ml.so.1");
    assert!(path.with_file_name("libnvidia-ml.so").exists());
    let folder = path.parent().unwrap().to_owned();
    drop(simulator);
    assert!(!folder.exists(), "it goes with the simulator");
}
