//! Compares ways to place requested instances on many GPUs, and writes docs/MANY_GPUS.md.
//!
//! `cargo run --release --manifest-path .ci/many-gpus/Cargo.toml -- write`; `check` fails where the page differs in
//! anything but times.

mod cluster;
mod comparison;
mod distance;
mod page;
mod policy;
mod refill;
mod workload;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;

/// Compare ways to place requested instances on many GPUs
#[derive(Debug, Parser)]
enum Command {
    /// Write docs/MANY_GPUS.md
    Write,
    /// Fail where docs/MANY_GPUS.md differs in anything but times
    Check {
        /// Measure only what has at most so many GPUs
        #[arg(long)]
        most_gpus: Option<usize>,
    },
}

fn main() -> Result<ExitCode> {
    let command = Command::parse();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/MANY_GPUS.md");
    let most_gpus = match command {
        Command::Write => {
            std::fs::write(&path, page::page(usize::MAX)?)?;
            return Ok(ExitCode::SUCCESS);
        }
        Command::Check { most_gpus } => most_gpus,
    };
    let committed = std::fs::read_to_string(&path);
    let committed = committed.context("docs/MANY_GPUS.md")?;
    let differences = match most_gpus {
        Some(most) => page::lacking(&committed, &page::page(most)?),
        None => page::differences(&committed, &page::page(usize::MAX)?),
    };
    for difference in &differences {
        println!("{difference}");
    }
    Ok(ExitCode::from(u8::from(!differences.is_empty())))
}
