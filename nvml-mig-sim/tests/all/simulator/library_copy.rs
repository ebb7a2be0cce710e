//! The file that clients open: small, and complete enough for a linker.

use std::fs;

use nvml_mig_sim::Simulator;
use object::read::elf::{ElfFile64, ProgramHeader};
use object::{Object, ObjectSection, ObjectSymbol, elf};

/// GNU ld and lld find the symbols through the headers of these sections.
#[test]
fn a_linker_finds_the_symbols() {
    let simulator = Simulator::builder()
        .hide(["nvmlDeviceGetName"])
        .start()
        .unwrap();
    let copy = fs::read(simulator.library_path()).unwrap();
    let file: ElfFile64<'_> = ElfFile64::parse(&*copy).unwrap();
    for name in [".dynsym", ".dynstr", ".gnu.version", ".dynamic"] {
        let section = file.section_by_name(name).unwrap();
        assert!(!section.data().unwrap().is_empty(), "{name}");
    }
    let names: Vec<&str> = file
        .dynamic_symbols()
        .filter(ObjectSymbol::is_definition)
        .map(|symbol| symbol.name().unwrap())
        .collect();
    assert!(names.contains(&"nvmlInit_v2"));
    assert!(!names.contains(&"nvmlDeviceGetName"));
}

/// Every section is loaded, apart from the names of all, so there is no debug information.
#[test]
fn nothing_is_kept_that_is_not_loaded() {
    let simulator = Simulator::builder().start().unwrap();
    let copy = fs::read(simulator.library_path()).unwrap();
    let file: ElfFile64<'_> = ElfFile64::parse(&*copy).unwrap();
    let unloaded = file.sections().filter(|section| {
        let flags = section.elf_section_header().sh_flags.get(file.endian());
        flags & u64::from(elf::SHF_ALLOC) == 0
    });
    let unloaded: Vec<&str> = unloaded.map(|section| section.name().unwrap()).collect();
    assert_eq!(unloaded, [".shstrtab"]);
    let loaded = file.elf_program_headers().iter();
    let ends = loaded
        .filter(|header| header.p_type(file.endian()) == elf::PT_LOAD)
        .map(|header| header.p_offset(file.endian()) + header.p_filesz(file.endian()));
    let rest = copy.len() as u64 - ends.max().unwrap();
    assert!(rest < 8192, "{rest} bytes are not loaded");
}
