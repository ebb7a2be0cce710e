//! Plans for GPUs of this machine: when they are refused, stopped and taken back.

use std::ops::ControlFlow;

use crate::support::chain::chain;
use crate::support::machine::{Driver, Machine, on_each_driver};
use nvml_mig::apply::{
    ApplyError, ApplyFailure, GpuPlanErrorReason, GpuPlanOptions, GpuTarget, Progress,
};
use nvml_mig::device::MigModes;
use nvml_mig::plan::{PlanError, PlanOptions};
use nvml_mig::{Device, GpuPlan, Layout, MachineLock, MigMode, Nvml, ReturnCode};
use nvml_mig_sim::{Caller, GpuSpec, Process, Simulator, nvmlReturn_t};
use tempfile::TempDir;

fn layout(text: &str) -> GpuTarget {
    text.parse::<Layout>().unwrap().into()
}

fn plan(device: &Device, target: &GpuTarget) -> GpuPlan {
    let options = GpuPlanOptions::default().with_change_mig_mode(true);
    GpuPlan::from_device(device, target, options).unwrap()
}

fn apply(folder: &TempDir, plans: &[GpuPlan]) -> Result<nvml_mig::apply::Applied, ApplyError> {
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    lock.apply(plans, |_| ControlFlow::Continue(()))
}

fn set_up(device: &Device, text: &str) {
    let folder = tempfile::tempdir().unwrap();
    apply(&folder, &[plan(device, &layout(text))]).unwrap();
}

/// The journal of a transaction that begins with this GPU.
fn journal(folder: &TempDir, device: &Device) -> std::path::PathBuf {
    let name = device.uuid().unwrap() + ".journal";
    folder.path().join(name)
}

/// The layout that stands there, with all places.
fn there(device: &Device) -> String {
    let model = nvml_mig::plan::GpuModel::read(device).unwrap();
    let present = nvml_mig::plan::PresentGpuInstance::read_all(device).unwrap();
    model.layout_of(&present).to_string()
}

#[test]
fn drivers_of_all_ages_get_to_a_layout_from_mig_mode_off() {
    on_each_driver(|driver| {
        let machine = driver.of(GpuSpec::new("a30").mig(false));
        let folder = tempfile::tempdir().unwrap();
        let wanted = plan(&machine.device, &layout("2g.12gb(2*1c), 1g.6gb"));
        assert_eq!(wanted.mig_mode(), Some(MigMode::Enabled));
        // Up to 535 a driver tells no profiles while MIG mode is off (MIG user guide).
        assert_eq!(wanted.plan().is_some(), driver.0 == "550.163.01");
        apply(&folder, std::slice::from_ref(&wanted)).unwrap();
        let again = plan(&machine.device, &layout("2g.12gb(2*1c), 1g.6gb"));
        assert!(again.changes_nothing(), "{again}");
        assert_eq!(again.to_string(), "nothing to do");
        assert_eq!(again.after().len(), 2);
        assert!(again.after()[0].is_same(&again.before()[0]));
        assert_eq!(again.uuid(), machine.device.uuid().unwrap());
        assert_eq!(again.device(), &machine.device);
        let part = &again.before()[0].compute_instances[0];
        assert!(part.is_same(&again.after()[0].compute_instances[0]));
    });
}

#[test]
fn a_layout_that_turns_out_not_to_fit_puts_mig_mode_back() {
    let machine = Driver("535.261.03").of(GpuSpec::new("a30").mig(false));
    let folder = tempfile::tempdir().unwrap();
    let wanted = plan(&machine.device, &layout("4g.24gb, 1g.6gb"));
    let error = apply(&folder, &[wanted]).unwrap_err();
    assert!(matches!(*error.failure, ApplyFailure::Plan(_)), "{error}");
    let rollback = error.rollback.unwrap();
    assert!(rollback.is_complete() && rollback.gpus[0].is_complete());
    assert_eq!(
        machine.device.mig_mode().unwrap().current(),
        MigMode::Disabled
    );
}

/// It is taken where only root writes, and nowhere else if that can't be written to.
#[test]
fn the_lock_of_the_machine_is_in_its_folder() {
    let folder = std::path::Path::new(MachineLock::FOLDER);
    let is_ours = !folder.exists();
    match MachineLock::take() {
        Ok(lock) => {
            assert!(MachineLock::try_take_in(folder).unwrap().is_none());
            drop(lock);
        }
        Err(error) => assert_eq!(error.path, folder.join("lock")),
    }
    if is_ours && folder.exists() {
        std::fs::remove_dir_all(folder).unwrap();
    }
}

#[test]
fn mig_mode_stays_unless_it_may_change() {
    let machine = Machine::of(GpuSpec::new("a30").mig(false));
    let refused = GpuPlan::from_device(
        &machine.device,
        layout("4g.24gb"),
        GpuPlanOptions::default(),
    )
    .unwrap_err();
    assert!(matches!(
        *refused.reason,
        GpuPlanErrorReason::MigMode { .. }
    ));
    assert_eq!(refused.uuid, machine.device.uuid().ok());
    let nothing = plan(&machine.device, &GpuTarget::MigDisabled);
    assert!(nothing.changes_nothing());
    assert!(nothing.lines().is_empty());
}

#[test]
fn a_gpu_without_mig_is_whole_already() {
    let machine = Machine::with("a30");
    machine
        .simulator
        .fail(
            "nvmlDeviceGetMigMode",
            0,
            nvmlReturn_t::NVML_ERROR_NOT_SUPPORTED,
        )
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let nothing = plan(&machine.device, &GpuTarget::MigDisabled);
    assert!(nothing.changes_nothing());
    apply(&folder, &[nothing]).unwrap();
    let refused = GpuPlan::from_device(&machine.device, layout("none"), GpuPlanOptions::default())
        .unwrap_err();
    assert!(matches!(*refused.reason, GpuPlanErrorReason::Nvml(_)));
}

/// On Ampere a mode waits while clients use the GPU, and `nvmlDeviceSetMigMode` says SUCCESS (MIG user guide).
#[test]
fn a_mode_that_waits_for_a_reset_stops_it_on_all_gpus() {
    let simulator = Simulator::builder()
        .gpu(GpuSpec::new("a30"))
        .gpu(GpuSpec::new("a30").mig(false));
    let simulator = simulator.start().unwrap();
    let nvml = Nvml::init_from(simulator.library_path()).unwrap();
    let devices = nvml.devices().unwrap();
    set_up(&devices[0], "4g.24gb");
    simulator.busy(Process::new(1, 7)).unwrap();
    let plans = [
        plan(&devices[0], &layout("4*1g.6gb")),
        plan(&devices[1], &layout("4*1g.6gb")),
    ];
    let folder = tempfile::tempdir().unwrap();
    simulator.log_calls(true).unwrap();
    let error = apply(&folder, &plans).unwrap_err();
    let destroyed = |call: &nvml_mig_sim::Call| call.function.ends_with("Destroy");
    assert!(!simulator.calls().unwrap().iter().any(destroyed));
    match *error.failure {
        ApplyFailure::ResetNeeded { gpus, .. } => {
            let [only] = gpus.as_slice() else {
                panic!("{gpus:?}");
            };
            let (mode, reason) = (MigMode::Enabled, Some(ReturnCode::InUse));
            assert_eq!((only.mode, only.reason), (mode, reason));
        }
        other => panic!("{other}"),
    }
    assert!(error.rollback.is_none());
    let waits = MigModes::new(MigMode::Disabled, MigMode::Enabled);
    assert_eq!(devices[1].mig_mode().unwrap(), waits);
    assert_eq!(there(&devices[0]), "4g.24gb:0");
}

#[test]
fn what_changed_since_the_plan_was_made_is_left_alone() {
    let machine = Machine::with("a30");
    set_up(&machine.device, "2*2g.12gb");
    let folder = tempfile::tempdir().unwrap();
    let wanted = plan(&machine.device, &layout("4*1g.6gb"));
    let gone = machine.device.gpu_instances().unwrap().remove(1);
    gone.destroy_with_compute_instances().unwrap();
    let error = apply(&folder, &[wanted]).unwrap_err();
    assert!(matches!(*error.failure, ApplyFailure::Changed { .. }));
    assert!(error.rollback.is_none());
    assert!(
        error.to_string().ends_with("nothing was changed"),
        "{error}"
    );
    assert_eq!(there(&machine.device), "2g.12gb:0");
}

#[test]
fn what_became_busy_since_the_plan_was_made_is_left_alone() {
    let machine = Machine::with("a30");
    set_up(&machine.device, "2*2g.12gb");
    let folder = tempfile::tempdir().unwrap();
    let wanted = plan(&machine.device, &layout("4*1g.6gb"));
    let process = Process::new(0, 7).gpu_instance(2).compute_instance(0);
    machine.simulator.busy(process).unwrap();
    machine.simulator.log_calls(true).unwrap();
    let error = apply(&folder, &[wanted]).unwrap_err();
    assert!(
        matches!(*error.failure, ApplyFailure::Busy { .. }),
        "{error}"
    );
    let calls = machine.simulator.calls().unwrap();
    assert!(!calls.iter().any(|call| call.function.contains("Destroy")));
    let busy = GpuPlan::from_device(
        &machine.device,
        layout("4*1g.6gb"),
        GpuPlanOptions::from(PlanOptions::default()),
    );
    let GpuPlanErrorReason::Plan(PlanError::DoesNotFit(error)) = *busy.unwrap_err().reason else {
        panic!("it fits");
    };
    assert!(error.to_string().contains("GPU instance 2"), "{error}");
}

#[test]
fn without_the_privilege_nothing_is_changed() {
    let machine = Machine::with("a30");
    let wanted = plan(&machine.device, &layout("4g.24gb"));
    let folder = tempfile::tempdir().unwrap();
    machine
        .simulator
        .fail(
            "nvmlDeviceCreateGpuInstanceWithPlacement",
            0,
            nvmlReturn_t::NVML_ERROR_NO_PERMISSION,
        )
        .unwrap();
    let error = apply(&folder, &[wanted]).unwrap_err();
    let refusal = error.failure.error().unwrap();
    assert_eq!(refusal.code(), Some(ReturnCode::NoPermission));
    assert!(error.rollback.is_none());
    machine.simulator.set_caller(Caller::Unprivileged).unwrap();
    let error = GpuPlan::from_device(
        &machine.device,
        layout("4g.24gb"),
        GpuPlanOptions::default(),
    )
    .unwrap_err();
    let GpuPlanErrorReason::Nvml(error) = *error.reason else {
        panic!("{error}");
    };
    assert_eq!(error.code(), Some(ReturnCode::NoPermission));
}

#[test]
fn several_gpus_change_together_or_not_at_all() {
    let simulator = Simulator::builder()
        .gpu(GpuSpec::new("a30"))
        .gpu(GpuSpec::new("a100-sxm4-40gb"));
    let simulator = simulator.start().unwrap();
    let nvml = Nvml::init_from(simulator.library_path()).unwrap();
    let devices = nvml.devices().unwrap();
    set_up(&devices[0], "2*2g.12gb");
    set_up(&devices[1], "7*1g.5gb");
    let plans = || {
        [
            plan(&devices[0], &layout("4g.24gb")),
            plan(&devices[1], &layout("3g.20gb, 4g.20gb")),
        ]
    };
    let folder = tempfile::tempdir().unwrap();
    // The first GPU needs one creation, the second two: the last of all fails.
    simulator
        .fail(
            "nvmlDeviceCreateGpuInstanceWithPlacement",
            3,
            nvmlReturn_t::NVML_ERROR_UNKNOWN,
        )
        .unwrap();
    let error = apply(&folder, &plans()).unwrap_err();
    let rollback = error.rollback.unwrap();
    assert!(rollback.is_complete(), "{rollback}");
    assert_eq!(rollback.gpus.len(), 2);
    assert_eq!(there(&devices[0]), "2g.12gb:0, 2g.12gb:2");
    assert_eq!(nvml.devices().unwrap()[1].gpu_instances().unwrap().len(), 7);

    let twice = [plans()[0].clone(), plans()[0].clone()];
    let error = apply(&folder, &twice).unwrap_err();
    assert!(matches!(*error.failure, ApplyFailure::TwoPlans { .. }));

    let mut told = Vec::new();
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    let progress = |step: &Progress| {
        told.push(step.to_string());
        ControlFlow::Continue(())
    };
    lock.apply(&plans(), progress).unwrap();
    // 2 + 2 destroyed and 1 + 1 created; 7 + 7 and 2 + 2; two GPUs read back.
    assert_eq!(told.len(), 4 + 2 + 14 + 4 + 2, "{told:#?}");
    assert!(told[0].starts_with("[1/24] GPU-"), "{}", told[0]);
    assert_eq!(there(&devices[0]), "4g.24gb:0");
}

#[test]
fn another_process_has_the_lock_until_it_gives_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let below = folder.path().join("made").join("for it");
    let lock = MachineLock::take_in(&below).unwrap();
    assert!(MachineLock::try_take_in(&below).unwrap().is_none());
    drop(lock);
    assert!(MachineLock::try_take_in(&below).unwrap().is_some());
    let error = MachineLock::take_in(below.join("lock")).unwrap_err();
    assert!(error.to_string().contains("for it/lock/lock"), "{error}");
}

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
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
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
