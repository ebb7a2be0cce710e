//! The program `nvml-mig`.

use std::process::ExitCode;

fn main() -> ExitCode {
    nvml_mig_cli::main()
}
