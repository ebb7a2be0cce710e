//! Plans for GPUs whose instances are in use: they name the processes.

use std::ops::ControlFlow;

use crate::support::chain::chain;
use crate::support::machine::Machine;
use nvml_mig::apply::{ApplyFailure, GpuPlanError, GpuPlanOptions, GpuTarget};
use nvml_mig::plan::PlanOptions;
use nvml_mig::{GpuPlan, MachineLock, ReturnCode};
use nvml_mig_sim::{Caller, GpuSpec, Process};

/// `3g.20gb(1c,1c)` and `2g.10gb`, with process 7 on the second compute instance and processes 8 and 9 on the other GPU
/// instance.
fn machine() -> Machine {
    let machine = Machine::with("a100-sxm4-40gb");
    let folder = tempfile::tempdir().unwrap();
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    let layout = "3g.20gb:4(1c,1c), 2g.10gb:0".parse::<nvml_mig::Layout>();
    let applied = lock.change(&machine.device, layout.unwrap(), GpuPlanOptions::new());
    let applied = applied.unwrap();
    let ids: Vec<u32> = applied.created().map(|made| made.id.number()).collect();
    let [large, small] = ids.as_slice() else {
        panic!("{ids:?}");
    };
    for (pid, gpu_instance, compute_instance) in [(7, *large, 1), (8, *small, 0), (9, *small, 0)] {
        let process = Process::new(0, pid).gpu_instance(gpu_instance);
        let process = process.compute_instance(compute_instance).name("python3");
        machine.simulator.busy(process).unwrap();
    }
    machine
}

fn plan(machine: &Machine, layout: &str, options: PlanOptions) -> Result<GpuPlan, GpuPlanError> {
    let layout: nvml_mig::Layout = layout.parse().unwrap();
    GpuPlan::from_device(&machine.device, layout, options)
}

#[test]
fn a_plan_that_processes_prevent_names_those_in_the_way() {
    let machine = machine();
    let error = plan(&machine, "3g.20gb(1c,1c), 3g.20gb", PlanOptions::new()).unwrap_err();
    let pids: Vec<u32> = error.processes.iter().map(|process| process.pid).collect();
    assert_eq!(pids, [8, 9], "{}", chain(&error));
    let said = error.to_string();
    let expected = "can't be applied because of process 8 (python3), process 9 (python3)";
    assert!(said.ends_with(expected), "{said}");

    let other_reason = plan(&machine, "4*3g.20gb", PlanOptions::new()).unwrap_err();
    assert!(other_reason.processes.is_empty());
    assert!(other_reason.to_string().ends_with("can't be applied"));
}

#[test]
fn a_plan_that_ends_processes_names_each_once() {
    let machine = machine();
    let options = PlanOptions::new().with_destroy_busy(true);
    let plan = plan(&machine, "7g.40gb", options).unwrap();
    let lines = plan.lines();
    for (pid, what) in [
        (7, "destroy compute instance 1 of GPU instance"),
        (8, "destroy compute instance 0 of GPU instance"),
        (9, "destroy compute instance 0 of GPU instance"),
    ] {
        let named = lines
            .iter()
            .filter(|line| line.contains(&format!("process {pid}")));
        let named: Vec<&String> = named.collect();
        assert_eq!(named.len(), 1, "{lines:?}");
        assert!(named[0].starts_with(what), "{lines:?}");
        assert!(named[0].contains(", in use by process "), "{lines:?}");
    }
    assert_eq!(plan.processes().len(), 3);
}

#[test]
fn a_plan_that_keeps_what_is_busy_names_no_process() {
    let machine = machine();
    let plan = plan(
        &machine,
        "3g.20gb:4(1c,1c), 2g.10gb:0, 1g.5gb",
        PlanOptions::new(),
    )
    .unwrap();
    let lines = plan.lines();
    assert!(!lines.concat().contains("process"), "{lines:?}");
    assert_eq!(plan.processes().len(), 3);
}

/// With instances that must stay, "would fit" is what fits beside them.
#[test]
fn what_would_fit_is_beside_what_must_stay() {
    let machine = machine();
    let would_fit = |layout: &str| {
        let error = plan(&machine, layout, PlanOptions::new()).unwrap_err();
        let text = chain(&error);
        text.split_once("available; ")
            .map(|(_, text)| text.to_owned())
    };
    // Both GPU instances are in use, so the other 3g.20gb does not.
    let part = would_fit("3g.20gb, 3g.20gb(1c,1c), 2*2g.10gb");
    assert_eq!(part.as_deref(), Some("3g.20gb(2*1c), 2*2g.10gb would fit"));
    // What is there is no news, and without it nothing helps.
    assert_eq!(would_fit("3g.20gb, 3g.20gb(1c,1c), 2g.10gb"), None);
    assert_eq!(would_fit("3g.20gb, 4g.20gb, 2g.10gb"), None);

    // What is there is no answer to a wish beside it.
    let folder = tempfile::tempdir().unwrap();
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    let wish = GpuTarget::Add("3g.20gb".parse().unwrap());
    let error = lock.change(&machine.device, wish, GpuPlanOptions::new());
    let text = chain(&error.unwrap_err());
    assert!(text.ends_with("and 8 are available"), "{text}");
}

/// The driver refuses the first GPU instance while a program uses the whole GPU, and to switch MIG mode off again.
#[test]
fn a_gpu_that_is_in_use_as_a_whole_is_left_alone() {
    for (board, mig, refused) in [
        ("a30", true, true),
        ("h100-sxm5-80gb", true, true),
        ("h100-sxm5-80gb", false, true),
        // On Ampere, the mode stays pending.
        ("a30", false, false),
    ] {
        let machine = Machine::of(GpuSpec::new(board).mig(mig));
        let process = Process::new(0, 33).name("nv-hostengine");
        machine.simulator.busy(process).unwrap();
        let options = GpuPlanOptions::new().with_change_mig_mode(true);
        let smallest = if board == "a30" { "1g.6gb" } else { "1g.10gb" };
        let layout: nvml_mig::Layout = smallest.parse().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut lock = MachineLock::take_in(folder.path()).unwrap();
        let error = lock.change(&machine.device, layout, options.clone());
        let error = error.unwrap_err();
        let is_refused = matches!(&*error.failure,
            ApplyFailure::Busy { instance: None, processes, .. } if processes.len() == 1);
        assert_eq!(is_refused, refused, "{board} {mig}: {error}");
        assert!(lock.interrupted_gpus().unwrap().is_empty());
        let on = machine.device.mig_mode().unwrap().current() == nvml_mig::MigMode::Enabled;
        assert_eq!(on, mig, "{board}");
        // Without an instance, MIG mode may be switched on.
        if refused {
            let none = GpuTarget::Add(nvml_mig::Layout::default());
            lock.change(&machine.device, none, options).unwrap();
        }
    }
}

/// The same cause is the same failure, whenever it turns out.
#[test]
fn a_gpu_in_use_and_a_lost_privilege_are_the_same_failure_at_each_step() {
    let folder = tempfile::tempdir().unwrap();
    let machine = Machine::with("h100-sxm5-80gb");
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    let made = plan(&machine, "1g.10gb", PlanOptions::new()).unwrap();
    // After the plan was made.
    machine.simulator.busy(Process::new(0, 33)).unwrap();
    let error = lock.apply(&[made], |_| ControlFlow::Continue(()));
    let error = error.unwrap_err();
    let ApplyFailure::Busy {
        instance: None,
        processes,
        error: Some(refusal),
        ..
    } = &*error.failure
    else {
        panic!("{error:?}");
    };
    assert_eq!(processes[0].pid, 33);
    assert_eq!(refusal.code(), Some(ReturnCode::InUse));
    assert!(
        error
            .to_string()
            .contains("the whole GPU is in use by process 33"),
        "{error}"
    );

    machine.simulator.idle(Default::default()).unwrap();
    let made = plan(&machine, "1g.10gb", PlanOptions::new()).unwrap();
    machine.simulator.set_caller(Caller::Unprivileged).unwrap();
    let late = lock.apply(&[made], |_| ControlFlow::Continue(()));
    let layout: nvml_mig::Layout = "1g.10gb".parse().unwrap();
    let early = lock.change(&machine.device, layout, GpuPlanOptions::new());
    for error in [late.unwrap_err(), early.unwrap_err()] {
        let ApplyFailure::Read { error, .. } = &*error.failure else {
            panic!("{error:?}");
        };
        assert_eq!(error.code(), Some(ReturnCode::NoPermission));
    }
}
