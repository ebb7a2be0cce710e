//! Shows GPUs, MIG profiles, placements, instances and MIG devices, and draws what stands where.
//!
//! `cargo run --example list_mig`, with `-- --json` for programs.

#[path = "../common/mod.rs"]
mod common;
mod drawing;
mod report;
mod tables;

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;

use report::Report;

/// Show GPUs, MIG profiles, placements, instances and MIG devices, and draw what stands where
#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    options: common::Options,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    arguments.options.run(|session| arguments.list(session))
}

impl Arguments {
    fn list(&self, session: &common::Session) -> Result<(), Box<dyn Error>> {
        let report = Report::of(session.nvml(), &self.options.devices(session)?)?;
        if self.json {
            return common::print(&format!("{}\n", serde_json::to_string_pretty(&report)?));
        }
        let gpus = report
            .gpus
            .iter()
            .map(|gpu| tables::tables(gpu) + &drawing::drawing(gpu));
        common::print(&gpus.collect::<Vec<_>>().join("\n"))
    }
}
