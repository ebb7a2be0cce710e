//! Reports whether MIG instances can be created on this machine, and what prevents it. It changes nothing.
//!
//! `cargo run --example preflight`.

mod common;

use std::process::ExitCode;

use clap::Parser;
use nvml_mig::node::DriverFiles;

/// Report whether MIG instances can be created on this machine, and what prevents it
#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    options: common::Options,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    arguments.options.run(|session| {
        let preflight = session.nvml().preflight(&DriverFiles::new());
        common::print(&preflight.to_string())?;
        if preflight.may_create() {
            Ok(())
        } else {
            Err("MIG instances can't be created on this machine".into())
        }
    })
}
