//! Switching MIG mode: Ampere needs a reset, Hopper does not.

use nvml_mig_sim::{GpuSpec, Process, ProcessFilter, Virtualization};

use super::nvml::{IN_USE, INVALID_ARGUMENT, NOT_SUPPORTED, Nvml, SUCCESS};

const RESET_REQUIRED: u32 = 16;

fn off(board: &str) -> GpuSpec {
    GpuSpec::new(board).mig(false)
}

#[test]
fn an_idle_ampere_gpu_is_reset_by_the_call() {
    let nvml = Nvml::of(off("a30"));
    assert_eq!(nvml.mode(), (0, 0));
    assert_eq!(nvml.set_mode(1), (SUCCESS, SUCCESS));
    assert_eq!(nvml.mode(), (1, 1));
    nvml.create(14).unwrap();
    assert_eq!(nvml.set_mode(0), (SUCCESS, SUCCESS));
    assert_eq!(nvml.mode(), (0, 0));
    assert_eq!(nvml.set_mode(1), (SUCCESS, SUCCESS));
    assert_eq!(nvml.capacity(14), 4, "no instance outlives a reset");
}

#[test]
fn a_busy_ampere_gpu_stays_pending() {
    let nvml = Nvml::of(off("a30"));
    nvml.simulator.busy(Process::new(0, 4242)).unwrap();
    assert_eq!(nvml.set_mode(1), (SUCCESS, IN_USE));
    assert_eq!(nvml.mode(), (0, 1));
    assert_eq!(nvml.create(14), Err(NOT_SUPPORTED));
    assert!(nvml.simulator.reset_gpu(0).is_err());
    nvml.simulator.idle(ProcessFilter::default()).unwrap();
    nvml.simulator.reset_gpu(0).unwrap();
    assert_eq!(nvml.mode(), (1, 1));
}

#[test]
fn a_change_of_mind_while_pending() {
    let nvml = Nvml::of(off("a30"));
    nvml.simulator.busy(Process::new(0, 4242)).unwrap();
    assert_eq!(nvml.set_mode(1), (SUCCESS, IN_USE));
    assert_eq!(nvml.set_mode(0), (SUCCESS, SUCCESS));
    assert_eq!(nvml.mode(), (0, 0));
}

/// nvml.h: a virtual machine must be rebooted.
#[test]
fn pass_through_needs_a_reboot() {
    let nvml = Nvml::of(off("a30").virtualization(Virtualization::PassThrough));
    assert_eq!(nvml.set_mode(1), (SUCCESS, RESET_REQUIRED));
    assert_eq!(nvml.mode(), (0, 1));
    nvml.simulator.reset_gpu(0).unwrap();
    assert_eq!(nvml.mode(), (1, 1));
}

#[test]
fn hopper_changes_at_once() {
    let nvml = Nvml::of(off("h100-sxm5-80gb"));
    nvml.simulator.busy(Process::new(0, 4242)).unwrap();
    assert_eq!(nvml.set_mode(1), (SUCCESS, SUCCESS));
    assert_eq!(nvml.mode(), (1, 1));
    assert_eq!(nvml.set_mode(0).0, IN_USE);
    assert_eq!(nvml.mode(), (1, 1), "nothing is pending");
    nvml.simulator.idle(ProcessFilter::default()).unwrap();
    assert_eq!(nvml.set_mode(0), (SUCCESS, SUCCESS));
    assert_eq!(nvml.mode(), (0, 0));
}

#[test]
fn modes_that_are_none() {
    let nvml = Nvml::with("a30");
    assert_eq!(nvml.set_mode(2).0, INVALID_ARGUMENT);
    assert_eq!(nvml.mode(), (1, 1));
    let guest = Nvml::of(off("a30").virtualization(Virtualization::VgpuGuest));
    assert_eq!(guest.set_mode(1).0, NOT_SUPPORTED);
}
