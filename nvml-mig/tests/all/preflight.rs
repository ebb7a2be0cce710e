//! What would stop a creation is told with its remedy, and nothing is changed for it.

mod gpu_obstacles;
mod library;
mod privilege;
mod report;
mod unreadable;

use crate::support::machine::Machine;
use crate::support::machine::proc::Proc;
use nvml_mig::preflight::{GpuPreflight, Preflight};

/// Every capability but one that this kernel lacks, as root has them.
const ROOT: &str = "Name:\tbash\nUid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff\nSeccomp:\t0\n";
/// What Docker leaves of root: no `CAP_SYS_ADMIN`.
const DOCKER: &str = "Uid:\t0\t0\t0\t0\nCapEff:\t00000000a80425fb\n";
const FIRST_NAMESPACE: &str = "         0          0 4294967295\n";

/// A process of root.
fn root() -> Proc {
    Proc::with("self/status", ROOT).and("self/uid_map", FIRST_NAMESPACE)
}

fn preflight_of(machine: &Machine) -> Preflight {
    machine.nvml.preflight(&root().files())
}

fn gpu(machine: &Machine) -> GpuPreflight {
    let preflight = preflight_of(machine);
    assert!(preflight.obstacles.is_empty(), "{preflight}");
    preflight.gpus.into_iter().next().unwrap()
}
