//! Lists the GPUs, and the MIG devices on each with the UUIDs that select them. It needs no privilege.
//!
//! `cargo run --example list_mig`. The program `nvml-mig list` also shows profiles, placements and slices.

mod common;

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;
use nvml_mig::{Device, MigDevice, Nvml};

/// List GPUs and their MIG devices
#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    options: common::Options,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    arguments.options.run(|session| list(session.nvml()))
}

/// A GPU that can't be read does not hide the others.
fn list(nvml: &Nvml) -> Result<(), Box<dyn Error>> {
    for (index, device) in nvml.each_device()? {
        match device.and_then(|device| lines(index, &device)) {
            Ok(lines) => common::print(&lines)?,
            Err(error) => common::note(&format!(
                "GPU {index}: can't be read: {}",
                common::chain(&error)
            )),
        }
    }
    Ok(())
}

fn lines(index: u32, device: &Device) -> Result<String, nvml_mig::Error> {
    let mode = if device.is_mig_capable()? {
        format!("MIG mode {}", device.mig_mode()?.current())
    } else {
        "no MIG".to_owned()
    };
    let mut lines = format!("GPU {index}: {}, {mode}\n", device.name()?);
    for (index, mig_device) in device.each_mig_device()? {
        let line = mig_device.and_then(|mig_device| line(&mig_device));
        let line = line.unwrap_or_else(|error| format!("can't be read: {}", common::chain(&error)));
        lines += &format!("  MIG device {index}: {line}\n");
    }
    Ok(lines)
}

fn line(mig_device: &MigDevice) -> Result<String, nvml_mig::Error> {
    let memory = mig_device.memory_info()?;
    let (used, total) = (memory.used_bytes >> 20, memory.total_mib());
    let (name, uuid) = (mig_device.name()?, mig_device.uuid()?);
    Ok(format!("{name}, {used} of {total} MiB used, {uuid}"))
}
