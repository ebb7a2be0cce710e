//! Plans a layout of a GPU, and applies it completely or not at all.
//!
//! `cargo run --example apply_layout -- "2g.12gb, 2*1g.6gb"`. The program `nvml-mig apply` does this for operators.

mod common;

use std::error::Error;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use nvml_mig::apply::GpuPlanOptions;
use nvml_mig::{Device, GpuPlan, Layout, MachineLock, Nvml};

/// Apply a layout to a GPU
#[derive(Debug, Parser)]
struct Arguments {
    /// The layout, such as '3g.20gb, 2*2g.10gb'
    layout: Layout,
    #[command(flatten)]
    options: common::Options,
    /// The folder of the lock and the journal
    #[arg(long, value_name = "FOLDER", default_value = MachineLock::FOLDER)]
    lock_folder: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let options = &arguments.options;
    options.run(|session| {
        let nvml = session.nvml();
        arguments.apply(nvml, &options.device(nvml)?)
    })
}

impl Arguments {
    fn apply(&self, nvml: &Nvml, device: &Device) -> Result<(), Box<dyn Error>> {
        // Other processes that use the lock wait, and what one of them left half done is undone first.
        let mut lock = MachineLock::take_in(&self.lock_folder)?;
        if let Some(report) = lock.recover(nvml, |step| common::note(&step.to_string()))? {
            common::note(&format!("an earlier process was killed halfway: {report}"));
        }
        // Busy instances are never destroyed, and idle ones only where they must be.
        let plan = GpuPlan::from_device(device, &self.layout, GpuPlanOptions::default())?;
        common::print(&format!("{plan}\n"))?;
        let applied = lock.apply(&[plan], |step| {
            common::note(&step.to_string());
            ControlFlow::Continue(()) // `Break` would undo everything
        })?;
        for uuid in applied.mig_uuids() {
            common::print(&format!("CUDA_VISIBLE_DEVICES={uuid}\n"))?;
        }
        Ok(())
    }
}
