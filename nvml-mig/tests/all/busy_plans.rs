//! Plans for GPUs whose instances are in use: they name the processes.

use crate::support::chain::chain;
use crate::support::machine::Machine;
use nvml_mig::apply::{GpuPlanError, GpuPlanOptions};
use nvml_mig::plan::PlanOptions;
use nvml_mig::{GpuPlan, MachineLock};
use nvml_mig_sim::Process;

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
