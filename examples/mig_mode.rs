//! Shows and changes MIG mode.
//!
//! `cargo run --example mig_mode`, or `-- enable`, `-- disable`.

mod common;

use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use nvml_mig::device::{MigModeChange, MigModes};
use nvml_mig::{Device, MigMode, ReturnCode};

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
    options.run(|session| match arguments.action {
        Action::Show => {
            let shown = common::readable::read_each(options.each_device(session)?, line)?;
            common::print(&shown.items.concat())?;
            options.check_selected(shown.refused.as_ref())
        }
        Action::Enable => change(session, &options.device(session)?, MigMode::Enabled),
        Action::Disable => change(session, &options.device(session)?, MigMode::Disabled),
    })
}

fn line(device: &Device) -> Result<String, nvml_mig::Error> {
    let head = format!("GPU {}: {}", device.index()?, device.name()?);
    let modes = match device.mig_mode() {
        Err(error) if error.code() == Some(ReturnCode::NotSupported) => {
            return Ok(format!("{head}: MIG is not supported\n"));
        }
        modes => modes?,
    };
    let (current, pending) = (modes.current(), pending(device, modes)?);
    Ok(format!("{head}: MIG mode is {current}{pending}\n"))
}

fn pending(device: &Device, modes: MigModes) -> Result<String, nvml_mig::Error> {
    if modes.current() == modes.pending() {
        let reset = device.mig_mode_change_needs_reset()?;
        let needs = if reset {
            "a change needs a GPU reset"
        } else {
            "a change takes effect immediately"
        };
        return Ok(format!("; {needs}"));
    }
    Ok(format!(
        "; it will be {} after the next GPU reset",
        modes.pending()
    ))
}

/// Changes the mode. A pending change is an error, since MIG calls will not work yet.
fn change(session: &common::Session, device: &Device, mode: MigMode) -> Result<(), Box<dyn Error>> {
    match device.set_mig_mode(mode)? {
        MigModeChange::Active {
            minor_number_change,
            ..
        } => {
            common::print(&format!("MIG mode is {mode}\n"))?;
            minor_number_change.map_or(Ok(()), |change| common::print(&format!("{change}\n")))
        }
        MigModeChange::Pending { reason, .. } if device.mig_mode()?.pending() == mode => {
            if reason == Some(ReturnCode::InUse) {
                session.tell_users();
            }
            Err(explain(device, mode, reason).into())
        }
        MigModeChange::Pending { .. } => Err(format!(
            "the driver reported success, but did not record the change to MIG mode {mode}"
        )
        .into()),
        other => Err(format!("unexpected result from the driver: {other:?}").into()),
    }
}

/// How to reset a GPU depends on the machine: a container, for example, can't.
fn explain(device: &Device, mode: MigMode, reason: Option<ReturnCode>) -> String {
    let hint = reason.and_then(|reason| device.pending_mig_mode_hint(reason));
    let why = hint.unwrap_or_else(|| match reason {
        Some(ReturnCode::ResetRequired) => "this machine can't reset the GPU by itself".to_owned(),
        Some(code) => format!("the driver reports {code}"),
        None => "the driver gives no reason".to_owned(),
    });
    format!("MIG mode will be {mode} only after a GPU reset: {why}")
}
