//! Tells a simulated library from NVIDIA's: a board captured from a simulated GPU proves nothing about a real one.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use object::read::elf::ElfFile64;
use object::{Object, ObjectSymbol};

use super::nvml::Nvml;

/// The function that only the simulated library exports.
const CONTROL: &str = "nvmlMigSimControl";

/// Whether the NVML library that this process has loaded is a simulated one.
pub(super) fn is_simulated(nvml: &Nvml) -> bool {
    let mut files = loaded();
    files.insert(nvml.library.name().to_owned());
    files.iter().any(|file| exports_control(file))
}

/// Returns the files of this process that may be NVML, which the dynamic linker has found by name.
fn loaded() -> BTreeSet<PathBuf> {
    let mapped = fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let paths = mapped.lines().filter_map(|line| line.split_once('/'));
    let paths = paths.map(|(_, path)| Path::new("/").join(path));
    paths.filter(|path| is_named_nvml(path)).collect()
}

fn is_named_nvml(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with("libnvidia-ml."))
}

fn exports_control(file: &Path) -> bool {
    let contents = fs::read(file).unwrap_or_default();
    ElfFile64::<object::Endianness>::parse(&*contents).is_ok_and(|elf| {
        let mut symbols = elf.dynamic_symbols();
        symbols.any(|symbol| symbol.name() == Ok(CONTROL))
    })
}
