//! Runs any command on simulated GPUs, and inspects and controls the simulated machine.
//!
//! ```text
//! cargo run -p nvml-mig-sim -- run --gpu a30 -- nvidia-smi mig -lgip
//! ```

mod runner;

use std::process::ExitCode;

fn main() -> ExitCode {
    runner::main()
}
