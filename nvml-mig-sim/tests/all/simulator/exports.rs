//! What the library exports.

use std::fs;

use nvml_mig_sim::Simulator;
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
        let simulator = Simulator::builder().driver_version(driver).start().unwrap();
        // SAFETY: the file is the simulator's own library.
        let library = unsafe { libloading::Library::new(simulator.library_path()) }.unwrap();
        // SAFETY: only whether a name is there is asked.
        let has = |name: &String| unsafe { library.get::<fn()>(name.as_bytes()) }.is_ok();
        let found = exported().iter().filter(|name| has(name)).count();
        assert_eq!(found, expected + 1, "{driver}");
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
