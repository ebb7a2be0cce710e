//! Snapshots of a driver that has other profiles, or gives them other names or ids.

use std::ops::ControlFlow;

use crate::support::chain::chain;
use crate::support::machine::{Driver, Machine};
use crate::support::plans::{set_up, there};
use nvml_mig::apply::GpuPlanOptions;
use nvml_mig::profile::GpuInstanceProfileId;
use nvml_mig::snapshot::{GpuSelector, Snapshot};
use nvml_mig::{MachineLock, MigMode};

/// A snapshot with the profile of its only GPU instance, `2g.10gb` with the id 14, changed so.
fn with_profile(machine: &Machine, id: u32, name: &str) -> Snapshot {
    let mut snapshot = Snapshot::read(std::slice::from_ref(&machine.device)).unwrap();
    let saved = &mut snapshot.gpus[0].gpu_instances[0];
    saved.profile = GpuInstanceProfileId::new(id);
    saved.name = name.into();
    snapshot
}

fn restore(machine: &Machine, snapshot: &Snapshot) -> Result<(), String> {
    let options = GpuPlanOptions::default().with_change_mig_mode(true);
    let plans = snapshot.plans(&machine.nvml, GpuSelector::Uuid, options);
    let plans = plans.map_err(|error| chain(&error))?;
    let folder = tempfile::tempdir().unwrap();
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    let applied = lock.apply(&plans, |_| ControlFlow::Continue(()));
    applied.map(drop).map_err(|error| chain(&error))
}

/// The driver may have renumbered its profiles since, or round their memory otherwise.
#[test]
fn the_profile_of_a_snapshot_is_the_one_with_its_name() {
    for (id, name) in [
        (14, "2g.10gb"),
        (14, "2g.9gb"),
        (14, "2g.11gb"),
        (14, "2g.10gb+me"),
        (14, "not a name"),
        // Another id has it.
        (5, "2g.10gb"),
        (77, "2g.10gb"),
    ] {
        let machine = Machine::with("a100-sxm4-40gb");
        set_up(&machine.device, "2g.10gb:2");
        let snapshot = with_profile(&machine, id, name);
        machine.simulator.reset_gpu(0).unwrap();
        restore(&machine, &snapshot).unwrap();
        assert_eq!(there(&machine.device), "2g.10gb:2", "{id} {name}");
    }
}

#[test]
fn a_snapshot_with_a_profile_that_the_driver_has_no_longer_is_not_restored() {
    for (name, sentence) in [
        (
            "1g.6gb",
            "GPU instance profile 14 is now 2g.10gb, but was 1g.6gb in the snapshot, and no profile of this GPU is 1g.6gb now",
        ),
        (
            "2g.20gb",
            "GPU instance profile 14 is now 2g.10gb, but was 2g.20gb in the snapshot, and no profile of this GPU is 2g.20gb now",
        ),
    ] {
        let machine = Machine::with("a100-sxm4-40gb");
        set_up(&machine.device, "2g.10gb:2");
        let snapshot = with_profile(&machine, 14, name);
        machine.simulator.reset_gpu(0).unwrap();
        let error = restore(&machine, &snapshot).unwrap_err();
        assert!(error.ends_with(sentence), "{error}");
        assert_eq!(there(&machine.device), "none");
    }
}

/// Such a driver lists the profiles only with MIG mode on, so that they are checked while the plan is applied.
#[test]
fn the_names_of_a_snapshot_are_checked_once_mig_mode_is_on() {
    let machine = Driver("535.261.03").with("h100-sxm5-80gb");
    set_up(&machine.device, "2g.20gb:2");
    let snapshot = with_profile(&machine, 14, "1g.12gb");
    machine.simulator.reset_gpu(0).unwrap();
    let _off = machine.device.set_mig_mode(MigMode::Disabled).unwrap();
    let error = restore(&machine, &snapshot).unwrap_err();
    assert!(error.contains("is now 2g.20gb, but was 1g.12gb"), "{error}");
    let modes = machine.device.mig_mode().unwrap();
    assert_eq!(modes.current(), MigMode::Disabled);
}
