//! Makes each NVML call of each public operation fail with each return code, one at a time and all of a function, and looks at
//! what the caller gets and at what is left on the GPU.
//!
//! `cargo run --release --manifest-path .ci/faults/Cargo.toml -- write` writes docs/FAULTS.md; `check` fails where the page
//! differs. Either fails where a rule of `rules.rs` is broken, on any of the machines.

mod answer;
mod machine;
mod on_record;
mod operation;
mod operations;
mod page;
mod rules;
mod table;
mod trial;

use std::path::Path;

use anyhow::{Context, Result, ensure};
use clap::Parser;

/// Make each NVML call of each operation fail with each code
#[derive(Debug, Parser)]
enum Command {
    /// Write docs/FAULTS.md
    Write,
    /// Fail where docs/FAULTS.md differs
    Check,
    /// Print what a caller of one operation gets
    Show {
        /// The operation, such as 'Device::name'
        operation: String,
    },
}

fn main() -> Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/FAULTS.md");
    let command = Command::parse();
    if let Command::Show { operation } = command {
        print!("{}", page::of_one(&operation)?);
        return Ok(());
    }
    on_record::check(&operations::all())?;
    let page = page::page()?;
    if matches!(command, Command::Write) {
        return std::fs::write(&path, page).context("docs/FAULTS.md");
    }
    let committed = std::fs::read_to_string(&path).context("docs/FAULTS.md")?;
    let differs = committed
        .lines()
        .zip(page.lines())
        .find(|(one, other)| one != other);
    ensure!(
        committed == page,
        "docs/FAULTS.md differs: {differs:?}; if that is right, write it anew with `cargo run --release --manifest-path \
         .ci/faults/Cargo.toml -- write`"
    );
    Ok(())
}
