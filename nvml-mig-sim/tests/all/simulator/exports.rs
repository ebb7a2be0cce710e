//! What the library exports.

use std::fs;

use nvml_mig_sim::{Simulator, library_file};
use nvml_mig_sys::FUNCTIONS;
use object::read::elf::ElfFile64;
use object::{Object, ObjectSection, ObjectSymbol};

/// The functions that the library exports under NVML's prefix, in order.
pub(crate) fn exported() -> Vec<String> {
    let bytes = fs::read(library_file().unwrap()).unwrap();
    let file: ElfFile64<'_> = ElfFile64::parse(&*bytes).unwrap();
    let symbols = file.dynamic_symbols().filter(ObjectSymbol::is_definition);
    let names = symbols.map(|symbol| symbol.name().unwrap().to_owned());
    let mut names: Vec<String> = names.filter(|name| name.starts_with("nvml")).collect();
    names.sort_unstable();
    names
}

/// NVIDIA's 550.163.01 exports 350 functions, among them all 332 of 535.261.03; nvml.h 13 adds `...ByIdV`, and the
/// simulator its control function.
#[test]
fn every_function_of_nvidias_libraries() {
    let names = exported();
    assert_eq!(names.len(), 350 + 2);
    for name in FUNCTIONS
        .iter()
        .copied()
        .chain(["nvmlInternalGetExportTable", "nvmlMigSimControl"])
    {
        assert!(names.binary_search(&name.to_owned()).is_ok(), "{name}");
    }
}

/// Clients that link against NVML record this name.
#[test]
fn soname() {
    let bytes = fs::read(library_file().unwrap()).unwrap();
    let file: ElfFile64<'_> = ElfFile64::parse(&*bytes).unwrap();
    let names = file.section_by_name(".dynstr").unwrap().data().unwrap();
    let mut names = names.split(|&byte| byte == 0);
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
