//! Measures what nvml-mig costs, beside C and beside nvml-wrapper, and writes docs/BENCHMARKS.md.
//!
//! `cargo run --release --manifest-path benchmarks/Cargo.toml`; with `-- --check` it measures only what does not vary, and
//! fails where that is more than `limits.rs` allows. Instructions need valgrind; the rest, as with `--tasks`, needs cargo alone.

mod builds;
mod clock;
mod instructions;
mod limits;
mod machine;
mod planner;
mod python;
mod questions;
mod report;
mod start;
mod trivial;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

/// Measure what nvml-mig costs, and write docs/BENCHMARKS.md
#[derive(Debug, Parser)]
struct Arguments {
    /// Measure only what does not vary, and fail where it is more than it may be
    #[arg(long)]
    check: bool,
    /// With --check, count only the NVML calls of tasks, which needs no valgrind
    #[arg(long, requires = "check")]
    tasks: bool,
    /// Open the library at this path as a process that does nothing else, and print the nanoseconds that it took
    #[arg(long, hide = true, num_args = 2, value_names = ["BINDING", "PATH"])]
    start: Option<Vec<String>>,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    if let Some([binding, path]) = arguments.start.as_deref() {
        start::child(binding, path)?;
        return Ok(ExitCode::SUCCESS);
    }
    if arguments.tasks {
        return Ok(limits::check(None, &questions::all()?));
    }
    let library = trivial::build()?;
    let counts = instructions::counts(&library)?;
    let questions = questions::all()?;
    if arguments.check {
        return Ok(limits::check(Some(&counts), &questions));
    }
    report::write(&library, &counts, &questions)?;
    Ok(ExitCode::SUCCESS)
}
