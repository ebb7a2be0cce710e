//! `nvml-mig list`.

mod missing;
mod report;
mod slices;
mod svg;
mod tables;

use std::error::Error;
use std::fs;
use std::path::Path;

use crate::console::{Console, note};
use crate::exit::{Exit, Usage, of_refused};
use crate::machine::{Machine, MachineOptions};

use report::Report;

/// Lists the GPUs. One that can't be read is a failure if no other can, or if it was selected.
pub(crate) fn list(
    console: &Console,
    machine: &Machine,
    options: &MachineOptions,
    svg: Option<&Path>,
) -> Result<Exit, Box<dyn Error>> {
    let report = Report::of(machine.nvml(), options.each_device(machine)?)?;
    match svg {
        Some(path) => {
            draw(&report, path)?;
            console.show_written(&report, path)?;
        }
        None => console.show(&report, || Ok(text(&report)))?,
    }
    let first = report.unreadable_gpus.first();
    let is_failure = options.selects_gpus() || report.gpus.is_empty();
    let refused = first.filter(|_| is_failure).map(|gpu| &gpu.cause);
    Ok(of_refused(refused))
}

fn text(report: &Report) -> String {
    let gpus = report.gpus.iter();
    let gpus = gpus.map(|gpu| tables::tables(gpu) + &slices::drawing(gpu));
    let unreadable = report.unreadable_gpus.iter().map(tables::unreadable);
    let parts: Vec<String> = gpus.chain(unreadable).collect();
    if parts.is_empty() {
        return "this machine has no GPU\n".to_owned();
    }
    parts.join("\n")
}

fn draw(report: &Report, path: &Path) -> Result<(), Box<dyn Error>> {
    let unread = report.gpus.iter().map(tables::unread);
    let unread = unread.chain(report.unreadable_gpus.iter().map(tables::unreadable));
    let unread: String = unread.collect();
    unread
        .lines()
        .filter(|line| !line.is_empty())
        .for_each(note);
    fs::write(path, svg::picture(&report.gpus))
        .map_err(|error| Usage(format!("could not write {}: {error}", path.display())).into())
}
