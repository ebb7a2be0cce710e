//! Compares what a driver reports with the catalogue of boards and with the rules of the library.

mod board;
mod capture;
mod change;
mod finding;
mod gpu;
mod instances;
mod kills;
mod layouts;
mod outcome;
mod remains;
mod report;
mod rules;

use std::error::Error;
use std::path::Path;

use nvml_mig::device::DeviceSelector;
use nvml_mig::preflight::Preflight;
use nvml_mig::{AnyDevice, Device, MachineLock, Nvml};

use crate::arguments::CheckOptions;
use crate::change::{lock, signals};
use crate::console::{Console, chain, note};
use crate::exit::{Exit, Usage};
use crate::machine::{Machine, MachineOptions, readable};
use crate::replaced_file::{is_replaced, replace};

use change::{Trial, why_no_change};
use finding::without_uuids;
use gpu::CheckedGpu;
use report::{GpuReport, Report, UnreadableGpu};

/// The error in the report until the changes are done, in case that even the machine ends before.
const NOT_DONE: &str = "the check did not come to its end: what it created may be left on the GPU";

/// Checks the GPUs, prints the report, and writes it to a file if that is asked for.
pub(crate) fn check(
    console: &Console,
    machine: &Machine,
    options: &MachineOptions,
    check: &CheckOptions,
) -> Result<Exit, Box<dyn Error>> {
    let nvml = machine.nvml();
    let preflight = nvml.preflight(machine.driver_files());
    if let Some(gpu) = &check.change {
        return check_with_changes(console, machine, &preflight, options, check, gpu);
    }
    let gpus = options.each_device(machine)?.into_iter();
    let each = gpus.map(|(gpu, device)| {
        let checked = device.and_then(|device| CheckedGpu::read(nvml, &device, &preflight));
        (gpu, checked.map(|checked| checked.report()))
    });
    let each: Vec<(String, Result<GpuReport, nvml_mig::Error>)> = each.collect();
    let unreadable = each.iter().filter_map(UnreadableGpu::of).collect();
    let gpus = readable(each);
    let (gpus, refused) = gpus.map_or_else(
        |error| (Vec::new(), Err(error)),
        |gpus| (gpus.items, Ok(gpus.refused)),
    );
    let report = report_of(nvml, &preflight, gpus, unreadable);
    write(&report, check.report.as_deref())?;
    let refused = refused?;
    console.show(&report, || Ok(report.text()))?;
    Ok(console.left_out(refused.as_ref()).or(report.exit()))
}

/// Changes a GPU too, and brings it back, for what can only be seen so. Whatever comes of that, there is a report.
fn check_with_changes(
    console: &Console,
    machine: &Machine,
    preflight: &Preflight,
    options: &MachineOptions,
    check: &CheckOptions,
    gpu: &DeviceSelector,
) -> Result<Exit, Box<dyn Error>> {
    let path = check.report.as_deref();
    let mut checked = opened(machine, preflight, gpu, path)?;
    let report = |checked: &CheckedGpu| {
        let gpus = vec![checked.report()];
        report_of(machine.nvml(), preflight, gpus, Vec::new())
    };
    // A report that can't be written is known before anything is changed.
    if path.is_none_or(|path| is_replaced(path).unwrap_or(true)) {
        checked.error = Some(NOT_DONE.to_owned());
        write(&report(&checked), path)?;
    }
    let tried = try_changes(machine, options, check, &mut checked);
    let error = tried.as_ref().err();
    checked.error = error.map(|error| without_uuids(&chain(&**error)));
    let report = report(&checked);
    let written = write(&report, path);
    if let (Err(_), Err(error)) = (&tried, &written) {
        note(&format!("warning: {error}"));
    }
    let shown = console.show(&report, || Ok(report.text()));
    tried.and(written).and(shown)?;
    Ok(report.exit())
}

/// Reads the GPU that is to be changed. If it can't be read, the report says why.
fn opened(
    machine: &Machine,
    preflight: &Preflight,
    gpu: &DeviceSelector,
    path: Option<&Path>,
) -> Result<CheckedGpu, Box<dyn Error>> {
    let nvml = machine.nvml();
    let AnyDevice::Gpu(device) = nvml.find_device(gpu)? else {
        return Err(Usage("--change takes a whole GPU, not a MIG device".to_owned()).into());
    };
    let read = CheckedGpu::read(nvml, &device, preflight);
    let read = (format!("GPU {gpu}"), read);
    if let Some(unreadable) = UnreadableGpu::of(&read) {
        let report = report_of(nvml, preflight, Vec::new(), vec![unreadable]);
        write(&report, path)?;
    }
    read.1.map_err(|error| refusal(&device, error))
}

/// Without MIG mode, older drivers list no profiles: then that is said, and not what it leads to.
fn refusal(device: &Device, error: nvml_mig::Error) -> Box<dyn Error> {
    match why_no_change(device) {
        Ok(Some(refusal)) => refusal.into(),
        _ => error.into(),
    }
}

/// Changes the GPU under its lock, which is kept until it is known what is left.
fn try_changes(
    machine: &Machine,
    options: &MachineOptions,
    check: &CheckOptions,
    checked: &mut CheckedGpu,
) -> Result<(), Box<dyn Error>> {
    signals::catch()?;
    let uuid = checked.device.uuid()?;
    let mut lock = lock::take(machine, &check.lock, Some(vec![uuid.clone()]))?;
    let trial = Trial::of(machine, checked, uuid);
    let tried = try_under_lock(trial, options, check, &mut lock);
    checked.read_left(tried.is_ok());
    tried
}

fn try_under_lock(
    mut trial: Trial<'_>,
    options: &MachineOptions,
    check: &CheckOptions,
    lock: &mut MachineLock,
) -> Result<(), Box<dyn Error>> {
    trial.try_layouts(lock)?;
    if check.kills > 0 {
        trial.try_kills(lock, options.arguments(), check.kills)?;
    }
    Ok(())
}

fn write(report: &Report, path: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let Some(path) = path else {
        return Ok(());
    };
    let text = serde_json::to_string_pretty(report)?;
    replace(path, &text).map_err(|error| {
        let path = path.display();
        format!("the report can't be written to {path}: {error}").into()
    })
}

fn report_of(
    nvml: &Nvml,
    preflight: &Preflight,
    gpus: Vec<GpuReport>,
    unreadable: Vec<UnreadableGpu>,
) -> Report {
    let obstacles = preflight.obstacles.iter();
    Report {
        checked_by: concat!("nvml-mig ", env!("CARGO_PKG_VERSION")),
        driver: preflight.driver_version.as_ref().map(ToString::to_string),
        nvml: preflight.nvml_version.as_ref().map(ToString::to_string),
        cuda: nvml.cuda_driver_version().ok().map(|it| it.to_string()),
        missing_functions: preflight.missing_functions.clone(),
        obstacles: obstacles.map(|it| without_uuids(&it.message)).collect(),
        gpus,
        unreadable,
    }
}
