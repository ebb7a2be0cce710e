//! Reports whether MIG instances can be created on this machine, and what prevents it. It changes nothing.
//!
//! `cargo run --example preflight`.

mod common;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use nvml_mig::node::DriverFiles;
use nvml_mig::preflight::Preflight;

/// Report whether MIG instances can be created on this machine, and what prevents it
#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    options: common::Options,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let options = &arguments.options;
    // A library that can't be opened is an obstacle, which the report names.
    if options.is_real() {
        return common::exit_code(report(&read(options.library())));
    }
    options.run(|session| report(&session.nvml().preflight(&DriverFiles::new())))
}

fn read(library: Option<&Path>) -> Preflight {
    library.map_or_else(Preflight::read, |library| {
        Preflight::read_from(library, &DriverFiles::new())
    })
}

fn report(preflight: &Preflight) -> Result<(), Box<dyn Error>> {
    common::print(&preflight.to_string())?;
    if preflight.may_create() {
        Ok(())
    } else {
        Err("MIG instances can't be created on this machine".into())
    }
}
