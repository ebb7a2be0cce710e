//! Shows MIG mode, and switches it.
//!
//! `cargo run --example mig_mode`, or `-- enable`, `-- disable`.

mod common;

use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use nvml_mig::device::{MigModeChange, MigModes};
use nvml_mig::{Device, MigMode, ReturnCode};

/// Show MIG mode, and switch it
#[derive(Debug, Parser)]
struct Arguments {
    /// What to do
    #[arg(default_value = "show")]
    action: Action,
    #[command(flatten)]
    options: common::Options,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Action {
    /// Print the mode now and after the next reset
    Show,
    /// Switch MIG mode on
    Enable,
    /// Switch MIG mode off
    Disable,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let options = &arguments.options;
    options.run(|session| match arguments.action {
        Action::Show => options.devices(session)?.iter().try_for_each(show),
        Action::Enable => change(&options.device(session)?, MigMode::Enabled),
        Action::Disable => change(&options.device(session)?, MigMode::Disabled),
    })
}

fn show(device: &Device) -> Result<(), Box<dyn Error>> {
    let head = format!("GPU {}: {}: ", device.index()?, device.name()?);
    let modes = match device.mig_mode() {
        Err(error) if error.code() == Some(ReturnCode::NotSupported) => {
            return common::print(&format!("{head}no MIG\n"));
        }
        modes => modes?,
    };
    common::print(&format!(
        "{head}MIG mode is {}{}\n",
        modes.current(),
        pending(device, modes)?
    ))
}

fn pending(device: &Device, modes: MigModes) -> Result<String, nvml_mig::Error> {
    if modes.current() == modes.pending() {
        let reset = device.mig_mode_change_needs_reset()?;
        let needs = if reset {
            "a change needs a GPU reset"
        } else {
            "a change takes effect at once"
        };
        return Ok(format!("; {needs}"));
    }
    Ok(format!(
        "; it will be {} after the next GPU reset: stop what runs on the GPU and run `nvidia-smi --gpu-reset`, or reboot",
        modes.pending()
    ))
}

/// A mode that is only pending is a failure for whoever asked for it: what comes next will not work yet.
fn change(device: &Device, mode: MigMode) -> Result<(), Box<dyn Error>> {
    match device.set_mig_mode(mode)? {
        MigModeChange::Active { minor_number_moved } => {
            common::print(&format!("MIG mode is {mode}\n"))?;
            minor_number_moved.map_or(Ok(()), |(before, after)| {
                common::print(&format!(
                    "the GPU is /dev/nvidia{after} now, it was /dev/nvidia{before}\n"
                ))
            })
        }
        MigModeChange::Pending { reason } => Err(explain(mode, reason).into()),
        other => Err(format!("the driver answered {other:?}").into()),
    }
}

fn explain(mode: MigMode, reason: Option<ReturnCode>) -> String {
    let why = match reason {
        Some(ReturnCode::InUse) => {
            "programs use the GPU: stop them, and run `nvidia-smi --gpu-reset`".to_owned()
        }
        Some(ReturnCode::ResetRequired) => {
            "this machine can't reset the GPU: reboot it, or its host".to_owned()
        }
        Some(code) => format!("the driver says {code}: reset the GPU or reboot"),
        None => "the driver does not say why: reset the GPU or reboot".to_owned(),
    };
    format!("MIG mode will be {mode} after a GPU reset, and is not yet: {why}")
}
