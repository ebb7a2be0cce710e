//! What others put in the place of an instance while a transaction runs: it is theirs, whatever id it has.

use std::collections::BTreeSet;
use std::fs;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use nvml_mig::apply::{ApplyError, ApplyFailure, GpuPlanOptions, LeftAlone, Progress};
use nvml_mig::profile::ComputeInstanceProfileId;
use nvml_mig::{ComputeInstance, Device, GpuInstance, GpuPlan, Layout, MachineLock, Nvml};
use nvml_mig_sim::{GpuSpec, Simulator, nvmlReturn_t};
use serde_json::Value;
use tempfile::TempDir;

struct Machine {
    simulator: Simulator,
    device: Device,
    nvml: Nvml,
    folder: TempDir,
    state: TempDir,
}

fn machine(layout: &str) -> Machine {
    let state = tempfile::tempdir().unwrap();
    let builder = Simulator::builder().gpu(GpuSpec::new("a30"));
    let simulator = builder.state_file(state.path().join("state.json"));
    let simulator = simulator.start().unwrap();
    let nvml = Nvml::init_from(simulator.library_path()).unwrap();
    let machine = Machine {
        device: nvml.device_by_index(0).unwrap(),
        nvml,
        simulator,
        folder: tempfile::tempdir().unwrap(),
        state,
    };
    machine
        .apply(layout, |_| ControlFlow::Continue(()))
        .unwrap();
    machine
}

impl Machine {
    fn lock(&self) -> MachineLock {
        MachineLock::take_in(self.folder.path()).unwrap()
    }

    fn apply(
        &self,
        layout: &str,
        progress: impl FnMut(&Progress) -> ControlFlow<()>,
    ) -> Result<nvml_mig::apply::Applied, ApplyError> {
        let layout: Layout = layout.parse().unwrap();
        let plan = GpuPlan::from_device(&self.device, layout, GpuPlanOptions::new()).unwrap();
        self.lock().apply(&[plan], progress)
    }

    /// A GPU instance with a compute instance, which others create.
    fn others_create(&self, profile: &str) -> u32 {
        let made = self.others_create_empty(profile);
        let profiles = made.compute_instance_profiles().unwrap();
        let largest = profiles.iter().max_by_key(|profile| profile.slice_count);
        let _inside = made.create_compute_instance(largest.unwrap().id).unwrap();
        made.id().number()
    }

    fn others_create_empty(&self, profile: &str) -> GpuInstance {
        let profile = self.device.gpu_instance_profile_by_name(profile).unwrap();
        self.device.create_gpu_instance(profile.id).unwrap()
    }

    /// Others destroy the GPU instance with this id.
    fn others_destroy(&self, id: u32) {
        let mut instances = self.device.gpu_instances().unwrap().into_iter();
        let instance = instances.find(|instance| instance.id().number() == id);
        instance.unwrap().destroy_with_compute_instances().unwrap();
    }

    fn path(&self) -> PathBuf {
        self.state.path().join("state.json")
    }

    fn read(&self) -> Value {
        serde_json::from_slice(&fs::read(self.path()).unwrap()).unwrap()
    }

    /// Changes the machine behind the library's back.
    fn rewrite(&self, change: impl FnOnce(&mut Value)) {
        let mut machine = self.read();
        change(&mut machine);
        let new = self.path().with_extension("new");
        fs::write(&new, serde_json::to_vec(&machine).unwrap()).unwrap();
        fs::rename(new, self.path()).unwrap();
    }

    /// The compute instance with this id in the first GPU instance.
    fn compute_instance(&self, id: u32) -> Value {
        let machine = self.read();
        let inside = &machine["machine"]["gpus"][0]["gpu_instances"][0]["compute_instances"];
        let mut inside = inside.as_array().unwrap().iter();
        inside.find(|inside| inside["id"] == id).unwrap().clone()
    }

    /// The numbers that the simulator never gives to another instance.
    fn serials(&self) -> BTreeSet<u64> {
        let machine = self.read();
        let list = |value: &Value| value.as_array().unwrap().clone();
        let serial = |value: &Value| value["serial"].as_u64().unwrap();
        let outer = list(&machine["machine"]["gpus"][0]["gpu_instances"]);
        let inside = outer
            .iter()
            .flat_map(|outer| list(&outer["compute_instances"]));
        let inside: Vec<u64> = inside.map(|inside| serial(&inside)).collect();
        outer.iter().map(serial).chain(inside).collect()
    }

    fn journals(&self) -> Vec<(PathBuf, String)> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        let journals = paths.filter(|path| path.extension().is_some_and(|end| end == "journal"));
        journals
            .map(|path| (path.clone(), fs::read_to_string(path).unwrap()))
            .collect()
    }

    fn ids(&self) -> Vec<u32> {
        let instances = self.device.gpu_instances().unwrap();
        instances.iter().map(|one| one.id().number()).collect()
    }
}

/// Others destroy what the change has just created, and create the same in its place, which gets the same id.
#[test]
fn a_rollback_leaves_alone_what_took_the_place_of_its_own() {
    for stop in 1..=8 {
        let machine = machine("none");
        let (mut step, mut theirs) = (0, BTreeSet::new());
        let applied = machine.apply("4*1g.6gb", |progress| {
            if !matches!(progress, Progress::Step { .. }) {
                return ControlFlow::Continue(());
            }
            step += 1;
            if step <= stop {
                return ControlFlow::Continue(());
            }
            let newest = machine.ids().pop().unwrap();
            let before = machine.serials();
            machine.others_destroy(newest);
            assert_eq!(machine.others_create("1g.6gb"), newest);
            theirs = machine.serials().difference(&before).copied().collect();
            ControlFlow::Break(())
        });
        if let Err(error) = applied {
            assert_eq!(theirs.len(), 2, "{stop}: {error}");
            assert_eq!(machine.serials(), theirs, "{stop}: {error}");
            assert!(!error.rollback.as_ref().unwrap().is_complete(), "{error}");
            // And the recovery after it, by what the journal says.
            let report = machine.lock().recover(&machine.nvml, |_| {}).unwrap();
            assert_eq!(machine.serials(), theirs, "{stop}: {report:?}");
        }
    }
}

/// The same with the compute instance alone.
#[test]
fn a_rollback_leaves_alone_a_compute_instance_that_took_the_place_of_its_own() {
    let machine = machine("4g.24gb(2c)");
    let mut theirs = BTreeSet::new();
    let applied = machine.apply("4g.24gb(2c,2c)", |progress| {
        if !matches!(progress, Progress::Verify { .. }) {
            return ControlFlow::Continue(());
        }
        let before = machine.serials();
        let outer = machine.device.gpu_instances().unwrap().pop().unwrap();
        let newest = outer.compute_instances().unwrap().pop().unwrap();
        let (id, profile, placement) = (newest.id(), newest.profile_id(), newest.placement());
        newest.destroy().unwrap();
        let made = outer
            .create_compute_instance_at(profile, placement)
            .unwrap();
        assert_eq!(made.id(), id);
        theirs = machine.serials().difference(&before).copied().collect();
        ControlFlow::Break(())
    });
    let error = applied.unwrap_err();
    assert_eq!(theirs.len(), 1, "{error}");
    assert!(machine.serials().is_superset(&theirs), "{error}");
    assert!(!error.rollback.as_ref().unwrap().is_complete(), "{error}");
}

impl Machine {
    fn inside(&self) -> (GpuInstance, Vec<ComputeInstance>) {
        let outer = self.device.gpu_instances().unwrap().pop().unwrap();
        let inside = outer.compute_instances().unwrap();
        (outer, inside)
    }

    /// Others destroy the first compute instance, and create a smaller one in its place. It gets its id and handle: NVML may
    /// give the handle of a destroyed instance to the next one.
    fn others_replace_first(&self) -> ComputeInstanceProfileId {
        let (outer, present) = self.inside();
        let first = present.into_iter().next().unwrap();
        let (id, start) = (first.id(), first.placement().start);
        let handle = self.compute_instance(id.number())["serial"].clone();
        first.destroy().unwrap();
        let smallest = outer.compute_instance_profiles().unwrap();
        let smallest = smallest.iter().min_by_key(|profile| profile.slice_count);
        let made = outer.create_compute_instance(smallest.unwrap().id).unwrap();
        assert_eq!((made.id(), made.placement().start), (id, start));
        self.rewrite(|machine| {
            let outer = &mut machine["machine"]["gpus"][0]["gpu_instances"][0];
            let mut inside = outer["compute_instances"]
                .as_array_mut()
                .unwrap()
                .iter_mut();
            let made = inside.find(|inside| inside["id"] == id.number()).unwrap();
            made["serial"] = handle;
        });
        made.profile_id()
    }
}

/// The next compute instance gets the id that is free again.
#[test]
fn what_others_destroyed_meanwhile_does_not_keep_the_rest_from_being_taken_back() {
    let machine = machine("2g.12gb");
    let mut is_destroyed = false;
    let applied = machine.apply("4g.24gb(4*1c)", |_| {
        let gpu_instances = machine.device.gpu_instances().unwrap();
        let inside = gpu_instances.first().map(GpuInstance::compute_instances);
        let mut inside = inside.map_or(Vec::new(), Result::unwrap);
        let is_first = gpu_instances.len() == 1 && inside.len() == 1;
        if is_first && gpu_instances[0].placement().size == 4 && !is_destroyed {
            inside.pop().unwrap().destroy().unwrap();
            is_destroyed = true;
        }
        ControlFlow::Continue(())
    });
    let error = applied.unwrap_err();
    assert!(is_destroyed, "{error}");
    assert!(
        matches!(*error.failure, ApplyFailure::NotAsPlanned { .. }),
        "{error}"
    );
    assert!(error.rollback.as_ref().unwrap().is_complete(), "{error}");
    let there = machine.device.gpu_instances().unwrap();
    assert_eq!(there.len(), 1);
    assert_eq!(there[0].placement().size, 2);
}

#[test]
fn an_instance_with_a_reused_handle_is_not_destroyed() {
    let machine = machine("4g.24gb(2*2c)");
    let mut theirs = None;
    let applied = machine.apply("4g.24gb(4*1c)", |progress| {
        if matches!(progress, Progress::Step { number: 1, .. }) {
            theirs = Some(machine.others_replace_first());
        }
        ControlFlow::Continue(())
    });
    let error = applied.unwrap_err();
    let (_, now) = machine.inside();
    assert_eq!(now.len(), 2, "{error}");
    assert_eq!(Some(now[0].profile_id()), theirs, "{error}");
}

#[test]
fn an_instance_with_a_reused_handle_is_not_taken_for_the_planned_one() {
    let machine = machine("none");
    let mut theirs = None;
    let applied = machine.apply("4g.24gb(2*2c)", |progress| {
        if matches!(progress, Progress::Verify { .. }) {
            theirs = Some(machine.others_replace_first());
        }
        ControlFlow::Continue(())
    });
    let error = applied.unwrap_err();
    assert!(matches!(*error.failure, ApplyFailure::NotAsPlanned { .. }));
    let (_, now) = machine.inside();
    assert_eq!(Some(now[0].profile_id()), theirs, "{error}");
}

/// The journal is gone before the next step is recorded. That step was not made, so an instance at its placement is not ours.
#[test]
fn a_step_that_could_not_be_recorded_was_not_made() {
    for step in 1..=7 {
        let machine = machine("none");
        let mut theirs = None;
        let mut number = 0;
        let applied = machine.apply("4*1g.6gb", |progress| {
            if !matches!(progress, Progress::Step { .. }) {
                return ControlFlow::Continue(());
            }
            number += 1;
            if number == step && progress.to_string().contains("create GPU instance") {
                theirs = Some(machine.others_create_empty("1g.6gb").id().number());
                fs::remove_dir_all(machine.folder.path()).unwrap();
            }
            ControlFlow::Continue(())
        });
        let Some(theirs) = theirs else {
            continue;
        };
        let error = applied.unwrap_err();
        assert_eq!(machine.ids(), [theirs], "{step}: {error}");
        fs::create_dir_all(machine.folder.path()).unwrap();
    }
}

/// A boot destroys all instances, also those that the plan keeps. Compute instances get their ids again, although a lower one was
/// free, and MIG devices their UUIDs.
#[test]
fn uuids_of_before_a_boot_come_back() {
    let machine = machine("4g.24gb(4*1c)");
    let outer = machine.device.gpu_instances().unwrap().pop().unwrap();
    let first = outer.compute_instances().unwrap().swap_remove(0);
    first.destroy().unwrap();
    let mut journals = Vec::new();
    let applied = machine.apply("4g.24gb(4*1c)", |_| {
        if journals.is_empty() {
            journals = machine.journals();
        }
        ControlFlow::Continue(())
    });
    applied.unwrap();
    machine.simulator.reboot(false).unwrap();
    for (path, text) in &journals {
        fs::write(path, of_another_boot(text)).unwrap();
    }
    let report = machine.lock().recover(&machine.nvml, |_| {}).unwrap();
    let report = report.unwrap();
    assert!(report.is_complete(), "{report}");
    assert_eq!(report.gpus[0].changed_mig_uuids, [], "{report}");
    let outer = machine.device.gpu_instances().unwrap().pop().unwrap();
    let inside = outer.compute_instances().unwrap();
    let ids: Vec<u32> = inside.iter().map(|inside| inside.id().number()).collect();
    assert_eq!(ids, [1, 2, 3]);
}

/// A recovery that was interrupted after it had restored the instances: who destroys one of them since, wants that.
#[test]
fn what_was_restored_and_destroyed_by_others_stays_destroyed() {
    let machine = machine("2*2g.12gb");
    let mut journals = Vec::new();
    let applied = machine.apply("4*1g.6gb", |_| {
        journals = machine.journals();
        ControlFlow::Continue(())
    });
    applied.unwrap();
    for (path, text) in journals {
        fs::write(path, text).unwrap();
    }
    machine.others_destroy(machine.ids()[0]);
    let mut lock = machine.lock();
    let recovered = catch_unwind(AssertUnwindSafe(|| {
        let _report = lock.recover(&machine.nvml, |_| panic!("the terminal is gone"));
    }));
    assert!(recovered.is_err());
    drop(lock);
    let restored = machine.ids();
    assert_eq!(restored.len(), 2);
    assert!(machine.lock().is_interrupted());

    machine.others_destroy(restored[0]);
    let left = machine.serials();
    let report = machine.lock().recover(&machine.nvml, |_| {}).unwrap();
    assert_eq!(machine.serials(), left, "{report:?}");
    let report = report.unwrap();
    let is_told = |one: &LeftAlone| matches!(one, LeftAlone::Destroyed(_));
    assert!(report.gpus[0].left_alone.iter().any(is_told), "{report}");
}

fn put(journals: &[(PathBuf, String)]) {
    for (path, text) in journals {
        fs::write(path, text).unwrap();
    }
}

/// Recovery finds nothing to undo, and changes nothing.
fn assert_left_alone(machine: &Machine, stands: &BTreeSet<u64>) {
    let report = machine.lock().recover(&machine.nvml, |_| {}).unwrap();
    assert!(report.is_none(), "{report:?}");
    assert_eq!(&machine.serials(), stands);
}

/// The process was killed when all was done. Others used the room that was left.
#[test]
fn a_complete_change_stays_beside_instances_of_others() {
    let machine = machine("4g.24gb");
    let mut journals = Vec::new();
    let applied = machine.apply("2*1g.6gb", |_| {
        journals = machine.journals();
        ControlFlow::Continue(())
    });
    applied.unwrap();
    machine.others_create("2g.12gb");
    let stands = machine.serials();
    put(&journals);
    assert_left_alone(&machine, &stands);
    assert!(!machine.lock().is_interrupted());

    // If one of its instances is missing, it is not complete.
    put(&journals);
    machine.others_destroy(machine.ids().pop().unwrap());
    let report = machine.lock().recover(&machine.nvml, |_| {}).unwrap();
    assert!(!report.unwrap().is_complete());
    assert_eq!(machine.ids().len(), 1);
}

/// The same if they used it as it was before.
#[test]
fn a_complete_change_stays_beside_what_others_created_again() {
    let machine = machine("2*2g.12gb");
    let mut journals = Vec::new();
    let applied = machine.apply("2*1g.6gb", |_| {
        journals = machine.journals();
        ControlFlow::Continue(())
    });
    applied.unwrap();
    machine.others_create("2g.12gb");
    let stands = machine.serials();
    put(&journals);
    assert_left_alone(&machine, &stands);
}

/// Others destroy the compute instances of a GPU instance, and create one in the same place, which gets another id.
#[test]
fn a_compute_instance_with_another_id_is_not_destroyed() {
    let machine = machine("4g.24gb(2c)");
    let mut theirs = BTreeSet::new();
    let applied = machine.apply("4g.24gb(2c,2c)", |progress| {
        if !matches!(progress, Progress::Verify { .. }) {
            return ControlFlow::Continue(());
        }
        let before = machine.serials();
        let (outer, present) = machine.inside();
        let newest = present.last().unwrap();
        let (profile, placement) = (newest.profile_id(), newest.placement());
        for instance in present {
            instance.destroy().unwrap();
        }
        let made = outer
            .create_compute_instance_at(profile, placement)
            .unwrap();
        assert_eq!(made.id().number(), 0);
        theirs = machine.serials().difference(&before).copied().collect();
        ControlFlow::Break(())
    });
    let error = applied.unwrap_err();
    assert!(machine.serials().is_superset(&theirs), "{error}");
}

fn of_another_boot(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.pop();
    let head: String = lines
        .iter()
        .map(|line| line.replace("\"boot\":\"", "\"boot\":\"another ") + "\n")
        .collect();
    let checksum = crate::support::transactions::matrix::journal_text::crc32(head.as_bytes());
    format!("{head}{{\"checksum\":{checksum}}}\n")
}

/// A rollback that can't read the UUIDs does not say that all is as it was.
#[test]
fn uuids_that_can_not_be_read_are_told() {
    let machine = machine("2g.12gb, 1g.6gb");
    let applied = machine.apply("4*1g.6gb", |progress| match progress {
        Progress::Verify { .. } => {
            let (function, code) = ("nvmlDeviceGetMigDeviceHandleByIndex", 999);
            machine
                .simulator
                .fail(function, 0, nvmlReturn_t(code))
                .unwrap();
            ControlFlow::Break(())
        }
        _ => ControlFlow::Continue(()),
    });
    let error = applied.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("UUID"), "{text}");
    let rollback = error.rollback.unwrap();
    assert!(rollback.is_complete() && !rollback.gpus[0].mig_uuids_read_back);
}

/// It would have to destroy theirs with the GPU instance. It destroys ours inside neither: half of it is of no use.
#[test]
fn a_rollback_leaves_whole_what_others_created_something_in() {
    let machine = machine("none");
    let first = || {
        let mut found = machine.device.gpu_instances().unwrap().into_iter();
        found.find(|found| found.placement().start == 0)
    };
    let error = machine.apply("2g.12gb:0(1c), 2g.12gb:2", |_| {
        let Some(outer) = first().filter(|outer| outer.compute_instances().unwrap().len() == 1)
        else {
            return ControlFlow::Continue(());
        };
        let one = outer
            .compute_instance_profile_by_name("1c.2g.12gb")
            .unwrap();
        let _theirs = outer.create_compute_instance(one.id).unwrap();
        ControlFlow::Break(())
    });
    let rollback = error.unwrap_err().rollback.unwrap();
    let left_alone = &rollback.gpus[0].left_alone;
    assert!(
        matches!(left_alone[..], [LeftAlone::CreatedInside(_)]),
        "{left_alone:?}"
    );
    let mut inside = first().unwrap().compute_instances().unwrap();
    assert_eq!(inside.len(), 2);
    // Without theirs, ours goes.
    inside.remove(1).destroy().unwrap();
    let rollback = machine.lock().recover(&machine.nvml, |_| {}).unwrap();
    assert!(rollback.unwrap().is_complete());
    assert!(machine.device.gpu_instances().unwrap().is_empty());
}
