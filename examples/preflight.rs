//! Says whether MIG instances can be made here, and what is in the way. It changes nothing.
//!
//! `cargo run --example preflight`.

mod common;

use std::process::ExitCode;

use clap::Parser;
use nvml_mig::node::DriverFiles;

/// Say whether MIG instances can be made here, and what is in the way
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
            Err("MIG instances can't be made here".into())
        }
    })
}
