//! Prints the MIG devices of a GPU whenever they change, whichever process changes them.
//!
//! Run `cargo run --example watch_mig`, and `cargo run --example create_mig` in another terminal.

mod common;

use std::error::Error;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use nvml_mig::Device;
use nvml_mig::monitor::MigWatch;

/// Print the MIG devices of a GPU whenever they change
#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    options: common::Options,
    /// Stop after this many seconds
    #[arg(long, value_name = "SECONDS", default_value = "60")]
    seconds: u64,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let options = &arguments.options;
    options.run(|session| {
        let end = Instant::now() + Duration::from_secs(arguments.seconds);
        watch(&options.device(session.nvml())?, end)
    })
}

/// The watch starts before the first listing, so that no change is missed in between.
fn watch(device: &Device, end: Instant) -> Result<(), Box<dyn Error>> {
    let mut watch = MigWatch::start(std::slice::from_ref(device))?;
    common::print(&listing(device)?)?;
    while let Some(left) = end.checked_duration_since(Instant::now()) {
        if watch.wait(left)?.is_some() {
            common::print(&listing(device)?)?;
        }
    }
    Ok(())
}

fn listing(device: &Device) -> Result<String, nvml_mig::Error> {
    let mig_devices = device.mig_devices()?;
    let mut text = format!("{} MIG devices\n", mig_devices.len());
    for mig_device in mig_devices {
        text += &format!("  {} {}\n", mig_device.name()?, mig_device.uuid()?);
    }
    Ok(text)
}
