//! Layouts, and what each exit code says.

mod carried_out;
mod exit_codes;
mod rolled_back;
mod unreadable_gpus;

use crate::shell::Shell;
use nvml_mig_sim::nvmlReturn_t;

/// An A30 with two GPU instances of two slices.
fn halves() -> Shell {
    let shell = Shell::new("a30");
    shell.prints("apply --yes 2*2g.12gb");
    shell
}

const HALVES: &str = "GPU 0: 2g.12gb:0, 2g.12gb:2\n";

/// Three A30s, the second of which can't be read.
fn with_refused(code: nvmlReturn_t) -> Shell {
    let shell = Shell::new("a30,a30,a30");
    shell.simulator.refuse_gpu(1, Some(code)).unwrap();
    shell
}
