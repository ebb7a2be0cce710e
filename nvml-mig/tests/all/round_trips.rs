//! For any state that a GPU can reach: what a snapshot keeps comes back after a reboot.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use crate::support::brute_force::random::Chance;
use crate::support::machine::Machine;
use nvml_mig::apply::GpuPlanOptions;
use nvml_mig::snapshot::{GpuSelector, Snapshot};
use nvml_mig::{GpuInstance, MachineLock, Nvml};
use nvml_mig_sim::catalogue;

/// Creates and destroys instances by chance, in any order and at any placement.
fn partition(machine: &Machine, chance: &mut Chance) {
    let device = &machine.device;
    for _ in 0..2 + chance.below(10) {
        let existing = device.gpu_instances().unwrap();
        if chance.one_in(4) && !existing.is_empty() {
            let at = chance.below(existing.len());
            let gone = existing.into_iter().nth(at).unwrap();
            gone.destroy_with_compute_instances().unwrap();
            continue;
        }
        let profiles = device.gpu_instance_profiles().unwrap();
        let profile = profiles[chance.below(profiles.len())].id;
        let free = device.gpu_instance_free_placements(profile).unwrap();
        if free.is_empty() {
            continue;
        }
        let placement = free[chance.below(free.len())];
        if let Ok(created) = device.create_gpu_instance_at(profile, placement) {
            fill(&created, chance);
        }
    }
}

fn fill(created: &GpuInstance, chance: &mut Chance) {
    let profiles = created.compute_instance_profiles().unwrap();
    for _ in 0..chance.below(4) {
        let profile = profiles[chance.below(profiles.len())].id;
        let free = created.compute_instance_free_placements(profile).unwrap();
        if !free.is_empty() {
            let placement = free[chance.below(free.len())];
            let _full = created.create_compute_instance_at(profile, placement);
        }
    }
}

#[test]
fn a_snapshot_comes_back_after_a_reboot() {
    let mut seen = BTreeSet::new();
    for (number, board) in catalogue::boards().iter().enumerate() {
        let mut chance = Chance::new(number as u64 + 1);
        for _ in 0..4 {
            let machine = Machine::with(board.key);
            partition(&machine, &mut chance);
            let device = std::slice::from_ref(&machine.device);
            let kept = Snapshot::read(device).unwrap().to_json().unwrap();
            machine.simulator.reboot(false).unwrap();
            let nvml = Nvml::init_from(machine.simulator.library_path()).unwrap();
            let snapshot = Snapshot::from_json(&kept).unwrap();
            let options = GpuPlanOptions::new().with_change_mig_mode(true);
            let plans = snapshot.plans(&nvml, GpuSelector::Uuid, options).unwrap();
            let folder = tempfile::tempdir().unwrap();
            let mut lock = MachineLock::take_in(folder.path()).unwrap();
            lock.apply(&plans, |_| ControlFlow::Continue(())).unwrap();
            let now = Snapshot::read(&nvml.devices().unwrap()).unwrap();
            assert_eq!(now, snapshot, "{}", board.key);
            seen.insert(kept);
        }
    }
    assert!(seen.len() > 40, "too few states: {}", seen.len());
}
