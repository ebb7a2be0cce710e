//! States that a driver lets come about, by chance: what is exported is there, and what was kept comes back.

use std::ops::ControlFlow;

use crate::support::brute_force::random::Chance;
use crate::support::machine::{Driver, Machine};
use nvml_mig::apply::GpuPlanOptions;
use nvml_mig::mig_parted::{MigPartedFile, MigPartedOmission};
use nvml_mig::plan::{GpuModel, PlanOptions, PresentGpuInstance};
use nvml_mig::snapshot::{GpuSelector, Snapshot};
use nvml_mig::{GpuPlan, MachineLock};
use nvml_mig_sim::catalogue::{self, Architecture};

const CHANGES: usize = 24;

/// Changes by chance, some of which the driver refuses.
fn change(machine: &Machine, chance: &mut Chance) {
    let device = &machine.device;
    let profiles = device.gpu_instance_profiles().unwrap();
    let mut existing = device.gpu_instances().unwrap();
    let on = (!existing.is_empty()).then(|| existing.swap_remove(chance.below(existing.len())));
    match (on, chance.below(12)) {
        (None, _) | (_, 0..2) => {
            let _ = device.create_gpu_instance(profiles[chance.below(profiles.len())].id);
        }
        (Some(on), 2..9) => {
            let inside = on.compute_instance_profiles().unwrap();
            // The small ones come first, and are tried more often: of them, a GPU instance can have several.
            let at = chance.below(inside.len()).min(chance.below(inside.len()));
            let _ = on.create_compute_instance(inside[at].id);
        }
        (Some(on), _) => {
            let mut inside = on.compute_instances().unwrap();
            if inside.is_empty() {
                on.destroy().unwrap();
            } else {
                // Which can leave a hole in the ids.
                let gone = inside.swap_remove(chance.below(inside.len()));
                gone.destroy().unwrap();
            }
        }
    }
}

/// The plans to what a file says of the machine.
fn plans(machine: &Machine, yaml: &str) -> Vec<GpuPlan> {
    let file = MigPartedFile::parse("now.yaml", yaml).unwrap();
    let devices = std::slice::from_ref(&machine.device);
    let targets = file.config("now").unwrap().targets(devices).unwrap();
    let options = GpuPlanOptions::default().with_change_mig_mode(true);
    let plans = targets
        .into_iter()
        .map(|(device, target)| GpuPlan::from_device(&device, target, options.clone()));
    plans.collect::<Result<_, _>>().unwrap()
}

fn changing_calls(machine: &Machine) -> Vec<String> {
    let calls = machine.simulator.calls().unwrap().into_iter();
    let names = calls.map(|call| call.function);
    let words = ["Create", "Destroy", "SetMig"];
    names
        .filter(|name| words.iter().any(|word| name.contains(word)))
        .collect()
}

fn check_export(machine: &Machine) {
    let devices = std::slice::from_ref(&machine.device);
    let present = PresentGpuInstance::read_all(&machine.device).unwrap();
    let export = MigPartedFile::from_devices("now", devices).unwrap();
    let empty = present
        .iter()
        .filter(|there| there.compute_instances().is_empty());
    assert_eq!(export.omissions.len(), empty.count());
    for omission in &export.omissions {
        assert!(
            matches!(omission, MigPartedOmission::NoComputeInstance { .. }),
            "{omission}"
        );
    }
    let yaml = export.file.to_yaml();
    let plans = plans(machine, &yaml);
    assert_eq!(plans.len(), 1);
    assert!(plans[0].changes_nothing(), "{yaml}{}", plans[0]);

    let before = Snapshot::read(devices).unwrap();
    machine.simulator.log_calls(true).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    lock.apply(&plans, |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(changing_calls(machine), [""; 0]);
    machine.simulator.log_calls(false).unwrap();
    assert_eq!(Snapshot::read(devices).unwrap(), before);

    // One more or one fewer is not so.
    for (count, other) in [(": 1\n", ": 2\n"), (": 2\n", ": 1\n")] {
        if let Some((first, rest)) = yaml.split_once(count) {
            let file = [first, other, rest].concat();
            let file = MigPartedFile::parse("now.yaml", &file).unwrap();
            let Ok(targets) = file.config("now").unwrap().targets(devices) else {
                continue; // It does not fit.
            };
            let options = GpuPlanOptions::default();
            let plan = GpuPlan::from_device(&machine.device, &targets.gpus[0].1, options);
            assert!(plan.is_err() || !plan.unwrap().changes_nothing(), "{yaml}");
        }
    }
    // With its placements, as text.
    let model = GpuModel::read(&machine.device).unwrap();
    let text = model.layout_of(&present).to_string();
    let plan = model.plan(&present, &text.parse().unwrap(), PlanOptions::default());
    assert!(plan.unwrap().changes_nothing(), "{text}");
}

/// The restored GPU has the same instances with the same ids, and so the same UUIDs. Returns whether that took temporary ones. A
/// driver that chooses the placements of compute instances itself can't be led to all ids.
fn check_restore(machine: Machine, chooses_places: bool) -> bool {
    let before = Snapshot::read(std::slice::from_ref(&machine.device)).unwrap();
    machine.simulator.reboot(false).unwrap();
    let machine = Machine::open(machine.simulator);
    let devices = std::slice::from_ref(&machine.device);
    assert!(
        PresentGpuInstance::read_all(&machine.device)
            .unwrap()
            .is_empty()
    );
    let options = GpuPlanOptions::default().with_change_mig_mode(true);
    let plans = before
        .plans(&machine.nvml, GpuSelector::Uuid, options)
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    lock.apply(&plans, |_| ControlFlow::Continue(())).unwrap();
    let after = Snapshot::read(devices).unwrap();
    assert!(after.is_alike(&before), "{before:?}\n{after:?}");
    if !chooses_places {
        assert_eq!(after, before, "{}", plans[0]);
    }
    plans[0]
        .lines()
        .iter()
        .any(|line| line.contains("temporary"))
}

#[test]
fn what_is_exported_is_there_and_what_was_kept_comes_back() {
    let (mut shared, mut empty, mut states, mut holes) = (0, 0, 0, 0);
    for (seed, board) in (1..).zip(catalogue::boards()) {
        // R470 knows no chip after Ampere.
        let oldest = match board.architecture {
            Architecture::Ampere => "470.57.02",
            _ => "525.60.13",
        };
        for (driver, at) in [oldest, "535.261.03", "580.95.05"].into_iter().zip(0..) {
            let mut chance = Chance::new(10 * seed + at);
            let machine = Driver(driver).with(board.key);
            (0..CHANGES).for_each(|_| change(&machine, &mut chance));
            let there = PresentGpuInstance::read_all(&machine.device).unwrap();
            let counts = there.iter().map(|there| there.compute_instances().len());
            shared += usize::from(counts.clone().any(|count| count > 1));
            empty += usize::from(counts.clone().any(|count| count == 0));
            states += 1;
            check_export(&machine);
            holes += usize::from(check_restore(machine, driver.starts_with("470")));
        }
    }
    println!(
        "{states} states, {holes} with holes in the ids, {shared} with shared GPU instances, {empty} with empty ones"
    );
    assert!(shared > states / 4 && empty > states / 4 && holes > states / 20);
}
