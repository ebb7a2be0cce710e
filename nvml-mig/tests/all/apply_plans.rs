//! Plans for GPUs of this machine: when they are refused, stopped and taken back.

use std::ops::ControlFlow;

use crate::support::machine::{Driver, Machine, on_each_driver};
use crate::support::plans::{apply, layout, plan, set_up, there};
use nvml_mig::apply::{ApplyFailure, GpuPlanErrorReason, GpuPlanOptions, GpuTarget, Progress};
use nvml_mig::device::MigModes;
use nvml_mig::plan::{PlanError, PlanOptions};
use nvml_mig::{GpuPlan, Layout, MachineLock, MigMode, Nvml, ReturnCode};
use nvml_mig_sim::{Caller, GpuSpec, Process, Simulator, nvmlReturn_t};

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

/// A GPU that needs nothing but another mode has it, whatever others wait for; one with a layout does not keep a half.
#[test]
fn a_mode_that_is_done_stays_beside_one_that_waits() {
    on_each_driver(|driver| {
        let gpu = || GpuSpec::new("a30").mig(false);
        let machine = driver.open(Simulator::builder().gpu(gpu()).gpu(gpu()).gpu(gpu()));
        let simulator = &machine.simulator;
        let devices = machine.nvml.devices().unwrap();
        simulator.busy(Process::new(1, 7)).unwrap();
        let on = GpuTarget::Add(Layout::default());
        let plans = [
            plan(&devices[0], &on),
            plan(&devices[1], &on),
            plan(&devices[2], &layout("4*1g.6gb")),
        ];
        let folder = tempfile::tempdir().unwrap();
        let error = apply(&folder, &plans).unwrap_err();
        let [first, second, third] = [0, 1, 2].map(|gpu| devices[gpu].mig_mode().unwrap());
        assert_eq!(first.current(), MigMode::Enabled);
        assert_eq!(second, MigModes::new(MigMode::Disabled, MigMode::Enabled));
        assert_eq!(third, MigModes::new(MigMode::Disabled, MigMode::Disabled));
        let uuid = devices[0].uuid().unwrap();
        let sentence = format!("; GPU {uuid}: MIG mode is changed; everything else was restored");
        assert!(error.to_string().ends_with(&sentence), "{error}");
        // The next run goes on from there.
        simulator.idle(Default::default()).unwrap();
        let plans = [0, 1].map(|gpu| plan(&devices[gpu], &on));
        assert!(plans[0].changes_nothing());
        apply(&folder, &plans).unwrap();
        let modes = devices[1].mig_mode().unwrap();
        assert_eq!(modes.current(), MigMode::Enabled);
    });
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
