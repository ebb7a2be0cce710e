//! Shows MIG mode, and changes it.
//!
//! `cargo run --example mig_mode`, or `-- enable`, `-- disable`.

mod common;

use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use nvml_mig::device::MigModeChange;
use nvml_mig::{Device, MigMode};

/// Show or change MIG mode
#[derive(Debug, Parser)]
struct Arguments {
    /// The action
    #[arg(default_value = "show")]
    action: Action,
    #[command(flatten)]
    options: common::Options,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Action {
    /// Print the current and the pending mode
    Show,
    /// Turn MIG mode on
    Enable,
    /// Turn MIG mode off
    Disable,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let options = &arguments.options;
    options.run(|session| {
        let device = options.device(session.nvml())?;
        match arguments.action {
            Action::Show => show(&device),
            Action::Enable => change(&device, MigMode::Enabled),
            Action::Disable => change(&device, MigMode::Disabled),
        }
    })
}

fn show(device: &Device) -> Result<(), Box<dyn Error>> {
    let modes = device.mig_mode()?;
    let (name, current, pending) = (device.name()?, modes.current(), modes.pending());
    let then = if current == pending {
        String::new()
    } else {
        format!("; it will be {pending} after the next GPU reset")
    };
    common::print(&format!("{name}: MIG mode is {current}{then}\n"))
}

/// A pending change is a failure, since nothing can be created yet.
fn change(device: &Device, mode: MigMode) -> Result<(), Box<dyn Error>> {
    match device.set_mig_mode(mode)? {
        MigModeChange::Active { .. } => common::print(&format!("MIG mode is {mode}\n")),
        MigModeChange::Pending { reason, .. } => {
            // What helps depends on the machine: a container, for example, can't reset the GPU.
            let hint = reason.and_then(|reason| device.pending_mig_mode_hint(reason));
            let why = hint.unwrap_or_else(|| "the driver gives no reason".to_owned());
            Err(format!("MIG mode will be {mode} only after a GPU reset: {why}").into())
        }
        other => Err(format!("MIG mode {mode}: {other}").into()),
    }
}
