//! Compares what a driver reports with the catalogue of boards and with the rules of the library.

mod board;
mod capture;
mod change;
mod finding;
mod instances;
mod kills;
mod layouts;
mod report;
mod rules;

use std::error::Error;
use std::path::Path;

use nvml_mig::device::DeviceSelector;
use nvml_mig::inventory::Inventory;
use nvml_mig::preflight::Preflight;
use nvml_mig::profile::GpuInstanceProfile;
use nvml_mig::{AnyDevice, Device, Nvml, ReturnCode};
use nvml_mig_boards::board_file::BoardFile;

use crate::arguments::CheckOptions;
use crate::console::Console;
use crate::exit::{Exit, Usage};
use crate::machine::{Machine, MachineOptions, Readable, read_each};
use crate::replaced_file::replace;

use change::Trial;
use finding::{Findings, without_uuids};
use kills::Killed;
use report::{GpuReport, Report, unconfirmed};

/// What was found by changing a GPU; nothing if that was not asked for.
#[derive(Default)]
struct Tried {
    changes: Vec<String>,
    findings: Findings,
    capture: Option<BoardFile>,
}

/// Checks the GPUs, prints the report, and writes it to a file if that is asked for.
pub(crate) fn check(
    console: &Console,
    machine: &Machine,
    options: &MachineOptions,
    check: &CheckOptions,
) -> Result<Exit, Box<dyn Error>> {
    let nvml = machine.nvml();
    let preflight = nvml.preflight(machine.driver_files());
    let gpus = match &check.change {
        None => {
            let gpus = options.each_device(machine)?;
            read_each(gpus, |device| {
                gpu_report(nvml, device, &preflight, Tried::default())
            })?
        }
        Some(gpu) => {
            let (device, tried) = tried(machine, options, gpu, check)?;
            let report = gpu_report(nvml, &device, &preflight, tried)?;
            Readable {
                items: vec![report],
                refused: None,
            }
        }
    };
    let report = report_of(nvml, &preflight, gpus.items);
    if let Some(path) = &check.report {
        write(&report, path)?;
    }
    console.show(&report, || Ok(report.text()))?;
    let exit = if report.is_as_expected() {
        Exit::Done
    } else {
        Exit::False
    };
    Ok(console.left_out(gpus.refused.as_ref()).or(exit))
}

fn write(report: &Report, path: &Path) -> Result<(), Box<dyn Error>> {
    let text = serde_json::to_string_pretty(report)?;
    replace(path, &text).map_err(|error| {
        let path = path.display();
        format!("the report can't be written to {path}: {error}").into()
    })
}

fn report_of(nvml: &Nvml, preflight: &Preflight, gpus: Vec<GpuReport>) -> Report {
    let obstacles = preflight.obstacles.iter();
    Report {
        checked_by: concat!("nvml-mig ", env!("CARGO_PKG_VERSION")),
        driver: preflight.driver_version.as_ref().map(ToString::to_string),
        nvml: preflight.nvml_version.as_ref().map(ToString::to_string),
        cuda: nvml.cuda_driver_version().ok().map(|it| it.to_string()),
        missing_functions: preflight.missing_functions.clone(),
        obstacles: obstacles.map(|it| without_uuids(&it.message)).collect(),
        gpus,
    }
}

/// Changes a GPU and brings it back, for what can only be seen so.
fn tried(
    machine: &Machine,
    options: &MachineOptions,
    gpu: &DeviceSelector,
    check: &CheckOptions,
) -> Result<(Device, Tried), Box<dyn Error>> {
    let AnyDevice::Gpu(device) = machine.nvml().find_device(gpu)? else {
        return Err(Usage("--change takes a whole GPU, not a MIG device".to_owned()).into());
    };
    let mut trial = Trial::of(machine, &device, &check.lock);
    let killed = Killed {
        machine: options.arguments(),
        lock: check.lock.arguments(),
        count: check.kills,
    };
    let mut changes = vec![trial.try_layouts()?];
    if killed.count > 0 {
        changes.push(trial.try_kills(&killed)?);
    }
    let tried = Tried {
        changes,
        findings: trial.findings,
        capture: trial.capture,
    };
    Ok((device, tried))
}

/// Reads and compares a GPU.
fn gpu_report(
    nvml: &Nvml,
    device: &Device,
    preflight: &Preflight,
    tried: Tried,
) -> Result<GpuReport, nvml_mig::Error> {
    let inventory = Inventory::read(device)?;
    let index = device.index()?;
    let Tried {
        changes,
        mut findings,
        capture,
    } = tried;
    let read = match capture {
        Some(capture) => capture,
        None => capture::read(nvml, &inventory)?,
    };
    let found = board::find(&read);
    if let Some(board) = found {
        board::compare(&mut findings, board, &read, |number| knows(device, number));
    }
    instances::check_parts(&mut findings, &read);
    rules::check(&mut findings, &inventory, read.memory_mib);
    if inventory.is_mig_enabled() {
        instances::check(&mut findings, nvml, &inventory);
    }
    let mut gpus = preflight.gpus.iter();
    let gpu = gpus.find(|gpu| gpu.index == index);
    let obstacles = gpu.into_iter().flat_map(|gpu| &gpu.obstacles);
    Ok(GpuReport {
        index,
        name: device.name()?,
        board: found.map(|board| board.key),
        unconfirmed: unconfirmed(found),
        obstacles: obstacles.map(|it| without_uuids(&it.message)).collect(),
        findings,
        changes,
        capture: read,
    })
}

/// Returns whether the driver knows a number of a profile. One that it does not know is invalid; one that this board does not have
/// is not supported (nvml.h).
fn knows(device: &Device, number: u32) -> bool {
    let profile = device.gpu_instance_profile(GpuInstanceProfile::from_number(number));
    profile.map_or_else(
        |error| error.code() != Some(ReturnCode::InvalidArgument),
        |_| true,
    )
}
