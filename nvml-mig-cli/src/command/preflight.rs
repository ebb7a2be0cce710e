//! `nvml-mig preflight`.

use std::error::Error;
use std::path::Path;

use nvml_mig::error::Cause;
use nvml_mig::node::DriverFiles;
use nvml_mig::preflight::{GpuPreflight, Preflight};

use crate::console::{Console, note};
use crate::drawing::wrapped;
use crate::exit::Exit;
use crate::machine::Machine;

/// Reports what prevents creating instances with a library that may be missing or broken.
pub(crate) fn of_library(
    console: &Console,
    library: Option<&Path>,
    files: &DriverFiles,
) -> Result<Exit, Box<dyn Error>> {
    let preflight = match library {
        Some(library) => Preflight::read_from(library, files),
        None => match nvml_mig::Nvml::init() {
            Ok(nvml) => nvml.preflight(files),
            Err(_) => Preflight::read(),
        },
    };
    report(console, &preflight)
}

/// Reports what prevents creating instances with an open library.
pub(crate) fn of_machine(console: &Console, machine: &Machine) -> Result<Exit, Box<dyn Error>> {
    report(console, &machine.nvml().preflight(machine.driver_files()))
}

fn report(console: &Console, preflight: &Preflight) -> Result<Exit, Box<dyn Error>> {
    console.show(preflight, || Ok(wrapped(&preflight.to_string())))?;
    if preflight.may_create() {
        return Ok(Exit::Done);
    }
    if preflight.obstacles.is_empty() && preflight.gpus.iter().any(lacks_only_mig_mode) {
        note("note: `nvml-mig mode enable` enables MIG mode");
    }
    console.text("MIG instances can't be created on this machine\n")?;
    Ok(Exit::False)
}

fn lacks_only_mig_mode(gpu: &GpuPreflight) -> bool {
    let mut causes = gpu.obstacles.iter().map(|obstacle| obstacle.cause);
    causes.len() > 0 && causes.all(|cause| cause == Some(Cause::MigDisabled))
}
