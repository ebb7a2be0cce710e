//! What NVIDIA's libraries export, against the simulator's table.

use std::collections::BTreeSet;
use std::fs;

use nvml_mig_sim::exported_functions;
use nvml_mig_sim::machine::DriverVersion;
use object::read::elf::ElfFile64;
use object::{Object, ObjectSymbol};

/// The simulator's own function, which no driver has.
const CONTROL: &str = "nvmlMigSimControl";

/// A simulated driver of this library's version exports the same names.
pub(super) fn are_those_of_the_simulator(path: &str, driver: &str) -> Result<(), String> {
    let theirs = of_file(path)?;
    let ours = exported_functions().map_err(|error| error.to_string())?;
    let unknown: BTreeSet<&str> = DriverVersion::from(driver.to_owned())
        .unknown_functions()
        .collect();
    let is_exported = |name: &&String| *name != CONTROL && !unknown.contains(name.as_str());
    let ours: BTreeSet<String> = ours.iter().filter(is_exported).cloned().collect();
    if ours != theirs {
        let (more, less) = (ours.difference(&theirs), theirs.difference(&ours));
        let (more, less): (Vec<_>, Vec<_>) = (more.collect(), less.collect());
        return Err(format!(
            "a simulated driver {driver} exports {more:?} beyond NVIDIA's, and lacks {less:?}"
        ));
    }
    println!(
        "driver {driver} and its simulation export the same {} functions",
        ours.len()
    );
    Ok(())
}

fn of_file(path: &str) -> Result<BTreeSet<String>, String> {
    let bytes = fs::read(path).map_err(|error| format!("{path}: {error}"))?;
    let file: ElfFile64<'_> = ElfFile64::parse(&*bytes).map_err(|error| error.to_string())?;
    let symbols = file.dynamic_symbols().filter(ObjectSymbol::is_definition);
    let names = symbols.filter_map(|symbol| symbol.name().ok().map(str::to_owned));
    Ok(names.filter(|name| name.starts_with("nvml")).collect())
}
