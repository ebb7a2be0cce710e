//! Four processes of eight threads create, list, watch, apply and destroy on one simulated machine for ten minutes, while calls
//! fail, processes are killed and the machine reboots: `cargo run --release --manifest-path .ci/soak/Cargo.toml -- 600`; a day is
//! 86400. It fails if nothing explains an error, an instance is lost or there twice, the planned GPU has what nobody planned,
//! something is left behind, or the memory or the descriptors of a process grow.

mod audit;
mod blame;
mod child;
mod crew;
mod figures;
mod gate;
mod layouts;
mod ledger;
mod operations;
mod site;
mod tally;
mod trouble;

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Result;
use clap::Parser;
use site::Site;

/// Use a simulated machine for a long time, while everything goes wrong
#[derive(Debug, Parser)]
struct Arguments {
    /// For so many seconds
    #[arg(default_value_t = 600, value_parser = clap::value_parser!(u64).range(30..))]
    seconds: u64,
    /// The processes; the first two are never killed
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(3..))]
    processes: u8,
    /// The threads of each
    #[arg(long, default_value_t = 8)]
    threads: usize,
    /// Where the chances begin; by default another one each time
    #[arg(long)]
    seed: Option<u64>,
    /// The folder of the machine: be one of the processes
    #[arg(long, hide = true)]
    child: Option<PathBuf>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let seed = arguments.seed.unwrap_or(now.as_secs());
    if let Some(folder) = &arguments.child {
        return child::run(folder, arguments.threads, seed);
    }
    println!("seed {seed}");
    let site = Site::new(arguments.threads, seed)?;
    let time = Duration::from_secs(arguments.seconds);
    let trouble = trouble::make(&site, arguments.processes.into(), time)?;
    println!("{trouble}");
    Ok(())
}
