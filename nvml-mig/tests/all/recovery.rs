//! What is left of an interrupted change, and how it is taken back.

use std::ops::ControlFlow;

use crate::support::chain::chain;
use crate::support::machine::Machine;
use crate::support::plans::{apply, journal, layout, plan, set_up, there};
use nvml_mig::apply::{ApplyFailure, LockOptions, Progress};
use nvml_mig::{Device, GpuPlan, MachineLock, Nvml};
use nvml_mig_sim::{Caller, GpuSpec, Process, Simulator, nvmlReturn_t};
use tempfile::TempDir;

/// The text of the journal at each step of a change, which is carried out.
fn journals(folder: &TempDir, device: &Device, plan: &GpuPlan) -> Vec<String> {
    let path = journal(folder, device);
    let mut texts = Vec::new();
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    let applied = lock.apply(std::slice::from_ref(plan), |_| {
        texts.push(std::fs::read_to_string(&path).unwrap());
        ControlFlow::Continue(())
    });
    applied.unwrap();
    assert!(!path.exists());
    texts
}

#[test]
fn a_journal_is_dealt_with_first() {
    let machine = Machine::with("a30");
    let folder = tempfile::tempdir().unwrap();
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    assert!(!lock.is_interrupted());
    assert!(lock.recover(&machine.nvml, |_| {}).unwrap().is_none());

    let journal = folder.path().join("GPU-0.journal");
    std::fs::write(&journal, "something else\n").unwrap();
    assert!(lock.is_interrupted());
    let options = LockOptions::new().with_folder(folder.path());
    let error = options.interrupted_gpus().unwrap_err();
    assert!(chain(&error).contains("is not a journal"), "{error}");
    let wanted = plan(&machine.device, &layout("4g.24gb"));
    let error = lock
        .apply(&[wanted], |_| ControlFlow::Continue(()))
        .unwrap_err();
    assert!(matches!(*error.failure, ApplyFailure::Journal { .. }));
    let error = lock.recover(&machine.nvml, |_| {}).unwrap_err();
    assert!(matches!(*error.failure, ApplyFailure::Journal { .. }));
    assert!(chain(&error).contains("is not a journal"), "{error}");
    assert!(journal.exists());
}

/// A GPU that is away may come back: its record is kept, and other GPUs can be changed meanwhile.
#[test]
fn the_journal_of_a_gpu_that_is_away_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let away = Machine::with("a30");
    set_up(&away.device, "4g.24gb");
    let wanted = plan(&away.device, &layout("4*1g.6gb"));
    let texts = journals(&folder, &away.device, &wanted);
    let uuid = away.device.uuid().unwrap();
    // As if the process had been killed at its last step.
    std::fs::write(journal(&folder, &away.device), texts.last().unwrap()).unwrap();

    let simulator = Simulator::builder().gpu(GpuSpec::new("a30")).seed(2);
    let simulator = simulator.start().unwrap();
    let nvml = Nvml::init_from(simulator.library_path()).unwrap();
    let device = nvml.device_by_index(0).unwrap();
    assert_ne!(device.uuid().unwrap(), uuid);
    let options = LockOptions::new().with_folder(folder.path());
    let seen = |options: &LockOptions| options.interrupted_gpus().unwrap();
    assert_eq!(seen(&options), [uuid.as_str()]);
    let other = options.clone().with_gpus([device.uuid().unwrap()]);
    assert!(seen(&other).is_empty());
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    // It may be the journal of the change that holds the lock.
    assert!(seen(&options).is_empty());
    assert_eq!(options.unfinished_gpus().unwrap(), [uuid.as_str()]);
    assert!(other.unfinished_gpus().unwrap().is_empty());
    let rollback = lock.recover(&nvml, |_| {}).unwrap().unwrap();
    assert!(!rollback.is_complete() && !rollback.gpus[0].is_complete());
    assert_eq!(rollback.gpus[0].lost().len(), 1);
    assert!(rollback.to_string().contains(&uuid), "{rollback}");
    assert_eq!(lock.interrupted_gpus().unwrap(), [uuid.as_str()]);
    let wanted = plan(&device, &layout("4g.24gb"));
    lock.apply(&[wanted], |_| ControlFlow::Continue(()))
        .unwrap();
    assert_eq!(there(&device), "4g.24gb:0");
    let rollback = lock.recover(&nvml, |_| {}).unwrap().unwrap();
    assert_eq!(rollback.gpus.len(), 1);
    assert!(lock.give_up(&uuid).unwrap() && !lock.give_up(&uuid).unwrap());
    assert!(!lock.is_interrupted());
}

/// Where others went on, only what the change created is taken back, and the record is kept until somebody gives it up.
#[test]
fn what_others_made_since_is_left_alone() {
    let machine = Machine::with("a30");
    set_up(&machine.device, "4g.24gb");
    let folder = tempfile::tempdir().unwrap();
    let wanted = plan(&machine.device, &layout("2g.12gb:0, 1g.6gb:2"));
    let texts = journals(&folder, &machine.device, &wanted);
    // Before the last step: the compute instance of 1g.6gb. Since then, others created another 1g.6gb, which the plan has
    // not either.
    std::fs::write(journal(&folder, &machine.device), &texts[texts.len() - 2]).unwrap();
    let small = machine.device.gpu_instances().unwrap();
    let small = small.iter().find(|one| one.placement().start == 2).unwrap();
    for inside in small.compute_instances().unwrap() {
        inside.destroy().unwrap();
    }
    let profile = machine.device.gpu_instance_profile_by_name("1g.6gb");
    let foreign = machine.device.create_gpu_instance(profile.unwrap().id);
    let foreign = foreign.unwrap();
    assert_eq!(foreign.placement().start, 3);

    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    machine.simulator.log_calls(true).unwrap();
    let rollback = lock.recover(&machine.nvml, |_| {}).unwrap().unwrap();
    let calls = machine.simulator.calls().unwrap();
    let destroyed = |call: &&nvml_mig_sim::Call| call.function == "nvmlGpuInstanceDestroy";
    assert_eq!(calls.iter().filter(destroyed).count(), 2);
    assert_eq!(there(&machine.device), "1g.6gb:3()");
    let [gpu] = rollback.gpus.as_slice() else {
        panic!("{rollback}");
    };
    assert_eq!((gpu.lost().len(), gpu.left().len()), (1, 1));
    let text = rollback.to_string();
    let expected = "others created GPU instance 1g.6gb at 3:1 without a compute instance";
    assert!(text.ends_with(expected), "{text}");
    let uuid = machine.device.uuid().unwrap();
    assert_eq!(lock.interrupted_gpus().unwrap(), [uuid.as_str()]);
    assert!(lock.give_up(&uuid).unwrap());
    assert!(lock.recover(&machine.nvml, |_| {}).unwrap().is_none());
}

#[test]
fn a_journal_that_can_not_be_written_stops_it_and_one_that_can_not_be_removed_takes_it_back() {
    let machine = Machine::with("a30");
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(&folder, &machine.device);
    std::fs::create_dir(journal.with_extension("new")).unwrap();
    let wanted = plan(&machine.device, &layout("4g.24gb"));
    let error = apply(&folder, std::slice::from_ref(&wanted)).unwrap_err();
    assert!(matches!(*error.failure, ApplyFailure::Journal { .. }));
    assert!(error.rollback.is_none());

    std::fs::remove_dir(journal.with_extension("new")).unwrap();
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    let error = lock.apply(&[wanted], |step| {
        if matches!(step, Progress::Verify { .. }) {
            std::fs::remove_file(&journal).unwrap();
            std::fs::create_dir(&journal).unwrap();
        }
        ControlFlow::Continue(())
    });
    let error = error.unwrap_err();
    assert!(matches!(*error.failure, ApplyFailure::Journal { .. }));
    assert!(error.rollback.unwrap().is_complete());
    assert!(machine.device.gpu_instances().unwrap().is_empty());
}

#[test]
fn ctrl_c_before_the_first_step_changes_nothing_and_later_takes_everything_back() {
    let machine = Machine::with("a30");
    set_up(&machine.device, "2*2g.12gb");
    // Programs know MIG devices by these.
    let uuids = || -> Vec<String> {
        let devices = machine.device.mig_devices().unwrap();
        devices.iter().map(|one| one.uuid().unwrap()).collect()
    };
    let before = uuids();
    for last in 1..=9 {
        let folder = tempfile::tempdir().unwrap();
        let wanted = plan(&machine.device, &layout("4*1g.6gb"));
        let mut lock = MachineLock::take_in(folder.path()).unwrap();
        let mut told = 0;
        let error = lock.apply(&[wanted], |_| {
            told += 1;
            if told == last {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        let error = error.unwrap_err();
        assert!(matches!(*error.failure, ApplyFailure::Stopped));
        assert_eq!(error.rollback.is_none(), last == 1, "{error}");
        assert_eq!(uuids(), before);
        assert_eq!(there(&machine.device), "2g.12gb:0, 2g.12gb:2");
    }
}

/// What was restored is reported even if the journal can't be removed.
#[test]
fn a_recovery_that_can_not_remove_the_journal_reports_what_it_did() {
    let machine = Machine::with("a30");
    let folder = tempfile::tempdir().unwrap();
    let wanted = plan(&machine.device, &layout("2*2g.12gb"));
    let texts = journals(&folder, &machine.device, &wanted);
    let journal = journal(&folder, &machine.device);
    // As if the process had been killed before the last compute instance was created.
    std::fs::write(&journal, &texts[texts.len() - 2]).unwrap();
    let created = machine.device.gpu_instances().unwrap().remove(1);
    let mut inside = created.compute_instances().unwrap();
    inside.remove(0).destroy().unwrap();
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    let recovered = lock.recover(&machine.nvml, |_| {
        if journal.is_file() {
            std::fs::remove_file(&journal).unwrap();
            std::fs::create_dir(&journal).unwrap();
        }
    });
    let error = recovered.unwrap_err();
    assert!(matches!(*error.failure, ApplyFailure::Journal { .. }));
    let text = error.to_string();
    assert!(
        text.ends_with("can't be used; everything was restored"),
        "{text}"
    );
    assert!(!error.rollback.unwrap().gpus[0].done.is_empty());
    assert!(machine.device.gpu_instances().unwrap().is_empty());
}

/// As `println!` panics when a terminal or a pipe goes away: everything is restored before the panic goes on.
#[test]
fn a_panic_of_the_progress_function_restores_everything() {
    for again in [false, true] {
        for last in 1..=9 {
            let machine = Machine::with("a30");
            set_up(&machine.device, "2*2g.12gb");
            let folder = tempfile::tempdir().unwrap();
            let wanted = plan(&machine.device, &layout("4*1g.6gb"));
            let mut lock = MachineLock::take_in(folder.path()).unwrap();
            let mut told = 0;
            let applied = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                let _ = lock.apply(&[wanted], |_| {
                    told += 1;
                    assert!(
                        told != last && !(again && told > last),
                        "the pipe is closed"
                    );
                    ControlFlow::Continue(())
                });
            }));
            let panic = applied.unwrap_err();
            assert_eq!(panic.downcast_ref(), Some(&"the pipe is closed"), "{last}");
            assert_eq!(there(&machine.device), "2g.12gb:0, 2g.12gb:2", "{last}");
            assert!(!lock.is_interrupted());
            // The function is not called again.
            assert_eq!(told, last);
        }
    }
}

#[test]
fn a_panic_without_a_complete_rollback_keeps_the_journal() {
    let machine = Machine::with("a30");
    set_up(&machine.device, "2*2g.12gb");
    let folder = tempfile::tempdir().unwrap();
    let wanted = plan(&machine.device, &layout("4*1g.6gb"));
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    let applied = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _ = lock.apply(&[wanted], |step| {
            if matches!(step, Progress::Step { number: 6, .. }) {
                let function = "nvmlDeviceCreateGpuInstanceWithPlacement";
                let refused = nvmlReturn_t::NVML_ERROR_UNKNOWN;
                machine.simulator.fail(function, 0, refused).unwrap();
                panic!("the pipe is closed");
            }
            ControlFlow::Continue(())
        });
    }));
    assert!(applied.is_err());
    assert!(lock.is_interrupted());
    machine.simulator.clear_faults().unwrap();
    // A recovery whose progress function panics restores everything too, and the next one reports it.
    let recovered = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _ = lock.recover(&machine.nvml, |_| panic!("the pipe is closed"));
    }));
    assert!(recovered.is_err());
    assert_eq!(there(&machine.device), "2g.12gb:0, 2g.12gb:2");
    let report = lock.recover(&machine.nvml, |_| {}).unwrap().unwrap();
    assert!(report.is_complete() && !lock.is_interrupted());
}

/// The privilege is missing, then an instance is busy: the record is kept until everything is restored.
#[test]
fn what_can_not_be_restored_now_is_restored_later() {
    let machine = Machine::with("a30");
    set_up(&machine.device, "2*2g.12gb");
    let folder = tempfile::tempdir().unwrap();
    let wanted = plan(&machine.device, &layout("4*1g.6gb"));
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    let stopped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _ = lock.apply(std::slice::from_ref(&wanted), |step| {
            if matches!(step, Progress::Step { number: 7, .. }) {
                machine.simulator.set_caller(Caller::Unprivileged).unwrap();
                panic!("stop here");
            }
            ControlFlow::Continue(())
        });
    }));
    assert!(stopped.is_err());
    let uuid = machine.device.uuid().unwrap();
    assert_eq!(lock.interrupted_gpus().unwrap(), [uuid]);
    let report = lock.recover(&machine.nvml, |_| {}).unwrap().unwrap();
    assert!(!report.is_complete() && lock.is_interrupted());

    machine.simulator.set_caller(Caller::Root).unwrap();
    let id = machine.device.gpu_instances().unwrap()[0].id().number();
    let process = Process::new(0, 4242).gpu_instance(id);
    machine.simulator.busy(process.compute_instance(0)).unwrap();
    let report = lock.recover(&machine.nvml, |_| {}).unwrap().unwrap();
    assert!(!report.is_complete() && lock.is_interrupted());
    let refused = lock.apply(std::slice::from_ref(&wanted), |_| ControlFlow::Continue(()));
    assert!(matches!(
        *refused.unwrap_err().failure,
        ApplyFailure::Interrupted { .. }
    ));

    machine.simulator.idle(Default::default()).unwrap();
    let report = lock.recover(&machine.nvml, |_| {}).unwrap().unwrap();
    assert!(report.is_complete() && !lock.is_interrupted());
    assert_eq!(there(&machine.device), "2g.12gb:0, 2g.12gb:2");
}

/// Somebody may have been given the MIG devices since.
#[test]
fn a_change_that_is_complete_is_not_taken_back() {
    let machine = Machine::with("a30");
    let wanted = plan(&machine.device, &layout("2*2g.12gb"));
    let folder = tempfile::tempdir().unwrap();
    let texts = journals(&folder, &machine.device, &wanted);
    // As if the process had been killed before it removed the journal.
    std::fs::write(journal(&folder, &machine.device), texts.last().unwrap()).unwrap();
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    assert!(lock.recover(&machine.nvml, |_| {}).unwrap().is_none());
    assert!(!lock.is_interrupted());
    assert_eq!(there(&machine.device), "2g.12gb:0, 2g.12gb:2");
    assert_eq!(machine.device.mig_devices().unwrap().len(), 2);
}

/// A rollback that can't destroy a GPU instance completes it. Though its creation has no known outcome, the next one destroys it.
#[test]
fn what_a_rollback_completed_is_still_its_own() {
    let machine = Machine::with("a30");
    let folder = tempfile::tempdir().unwrap();
    let wanted = plan(&machine.device, &layout("2g.12gb:0, 1g.6gb:2, 1g.6gb:3"));
    let fail = |function, nth, code| machine.simulator.fail(function, nth, code).unwrap();
    let create = "nvmlDeviceCreateGpuInstanceWithPlacement";
    fail(create, 2, nvmlReturn_t::NVML_ERROR_TIMEOUT);
    fail(
        "nvmlGpuInstanceDestroy",
        0,
        nvmlReturn_t::NVML_ERROR_UNKNOWN,
    );
    let error = apply(&folder, std::slice::from_ref(&wanted)).unwrap_err();
    assert!(
        matches!(*error.failure, ApplyFailure::Step { .. }),
        "{error}"
    );
    assert!(error.to_string().contains("1g.6gb at 2:1"), "{error}");
    // The driver did what was asked, although not in time to say so.
    let profile = machine
        .device
        .gpu_instance_profile_by_name("1g.6gb")
        .unwrap();
    let placement = "2:1".parse().unwrap();
    let late = machine.device.create_gpu_instance_at(profile.id, placement);
    assert!(late.unwrap().compute_instances().unwrap().is_empty());

    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    let report = lock.recover(&machine.nvml, |_| {}).unwrap().unwrap();
    assert!(
        !report.is_complete() && report.gpus[0].left_alone.is_empty(),
        "{report}"
    );
    assert_eq!(there(&machine.device), "2g.12gb:0, 1g.6gb:2");
    machine.simulator.clear_faults().unwrap();
    let report = lock.recover(&machine.nvml, |_| {}).unwrap().unwrap();
    assert!(report.is_complete() && !lock.is_interrupted(), "{report}");
    assert_eq!(there(&machine.device), "none");
}
