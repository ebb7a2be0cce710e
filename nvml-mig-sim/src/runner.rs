//! The command line, one file per command.

#![allow(
    clippy::doc_markdown,
    reason = "most doc comments here are help texts, read on a terminal"
)]

mod boards;
mod busy;
mod caller;
mod capture;
mod drawing;
mod driver;
mod error;
mod event;
mod faults;
mod gpm;
mod gpu_option;
mod log;
mod machine_view;
mod reboot;
mod reset;
mod return_code;
mod run;
mod show;
mod state_option;
mod vgpu;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use error::Error;
use nvml_mig_sim::chain;

/// Simulated NVIDIA GPUs with MIG: run any command on them, and inspect and control their machine
///
/// The simulated machine is kept in a state file between commands. No real GPU is touched, and simulated GPUs compute
/// nothing.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Run),
    ListBoards(boards::ListBoards),
    Capture(capture::Capture),
    Show(show::Show),
    Busy(busy::Busy),
    Idle(busy::Idle),
    Fail(faults::Fail),
    Delay(faults::Delay),
    Hide(faults::Hide),
    ClearFaults(faults::ClearFaults),
    Caller(caller::SetCaller),
    Driver(driver::SetDriver),
    Log(log::Log),
    Reset(reset::Reset),
    ResetGpu(reset::ResetGpu),
    Reboot(reboot::Reboot),
    ReloadDriver(reboot::ReloadDriver),
    Reach(reboot::Reach),
    Event(event::Event),
    Gpm(gpm::Gpm),
    Pretend(faults::Pretend),
    StartVgpu(vgpu::StartVgpu),
    StopVgpu(vgpu::StopVgpu),
    VgpuPlacements(vgpu::VgpuPlacements),
    VgpuLog(vgpu::VgpuLog),
}

/// Runs the command line.
pub(crate) fn main() -> ExitCode {
    let done = Arguments::parse().command.perform();
    done.and_then(|text| print(&text)).map_or_else(
        |error| {
            eprintln!("error: {}", chain(&error));
            error.exit_code()
        },
        |()| ExitCode::SUCCESS,
    )
}

impl Command {
    /// Runs the command, and returns the text to print.
    fn perform(&self) -> Result<String, Error> {
        match self {
            Self::Run(command) => Err(command.perform()),
            Self::ListBoards(command) => command.perform(),
            Self::Capture(command) => command.perform(),
            Self::Show(command) => command.perform(),
            Self::Busy(command) => command.perform(),
            Self::Idle(command) => command.perform(),
            Self::Fail(command) => command.perform(),
            Self::Delay(command) => command.perform(),
            Self::Hide(command) => command.perform(),
            Self::ClearFaults(command) => command.perform(),
            Self::Caller(command) => command.perform(),
            Self::Driver(command) => command.perform(),
            Self::Log(command) => command.perform(),
            Self::Reset(command) => command.perform(),
            Self::ResetGpu(command) => command.perform(),
            Self::Reboot(command) => command.perform(),
            Self::ReloadDriver(command) => command.perform(),
            Self::Reach(command) => command.perform(),
            Self::Event(command) => command.perform(),
            Self::Gpm(command) => command.perform(),
            Self::Pretend(command) => command.perform(),
            Self::StartVgpu(command) => command.perform(),
            Self::StopVgpu(command) => command.perform(),
            Self::VgpuPlacements(command) => command.perform(),
            Self::VgpuLog(command) => command.perform(),
        }
    }
}

/// Prints to standard output. A reader that stops early is not an error.
fn print(text: &str) -> Result<(), Error> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::Output(error)),
        _ => Ok(()),
    }
}
