//! Lists GPUs, MIG profiles, placements, instances and MIG devices, and draws the slices.
//!
//! Run it with `cargo run --example list_mig`; `-- --json` prints JSON for programs, `-- --svg FILE` draws a picture.

#[path = "../common/mod.rs"]
mod common;
mod drawing;
mod missing;
mod report;
mod svg;
mod tables;

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use report::Report;

/// List GPUs, MIG profiles, placements, instances and MIG devices, and draw the slices
#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    options: common::Options,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Write the drawing to this file as an SVG picture, and print only what could not be read
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    svg: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    arguments.options.run(|session| arguments.list(session))
}

impl Arguments {
    fn list(&self, session: &common::Session) -> Result<(), Box<dyn Error>> {
        let report = Report::of(session.nvml(), self.options.each_device(session)?)?;
        if let ([], [gpu]) = (report.gpus.as_slice(), report.unreadable_gpus.as_slice()) {
            return Err(gpu.error.as_str().into());
        }
        self.write(&report)?;
        match report.unreadable_gpus.as_slice() {
            [_, ..] if report.gpus.is_empty() => Err("no GPU can be read".into()),
            [_, ..] if self.options.selects_gpus() => {
                Err("not all of the selected GPUs can be read".into())
            }
            _ => Ok(()),
        }
    }

    fn write(&self, report: &Report) -> Result<(), Box<dyn Error>> {
        if let Some(path) = &self.svg {
            let unread = report.gpus.iter().map(tables::unread);
            let unread = unread.chain(report.unreadable_gpus.iter().map(tables::unreadable));
            let unread: String = unread.collect();
            let lines = unread.lines().filter(|line| !line.is_empty());
            lines.for_each(common::note);
            return fs::write(path, svg::picture(&report.gpus))
                .map_err(|error| format!("could not write {}: {error}", path.display()).into());
        }
        if self.json {
            return common::print(&format!("{}\n", serde_json::to_string_pretty(&report)?));
        }
        let gpus = report
            .gpus
            .iter()
            .map(|gpu| tables::tables(gpu) + &drawing::drawing(gpu));
        let unreadable = report.unreadable_gpus.iter().map(tables::unreadable);
        common::print(&gpus.chain(unreadable).collect::<Vec<_>>().join("\n"))
    }
}
