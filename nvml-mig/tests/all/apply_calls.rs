//! How often NVML is asked to plan for eight GPUs and to change all of them.

use std::ops::ControlFlow;

use crate::support::machine::Machine;
use nvml_mig::apply::{ApplyFailure, GpuPlanOptions, GpuTarget, Rollback};
use nvml_mig::error::Cause;
use nvml_mig::plan::PresentGpuInstance;
use nvml_mig::{GpuPlan, Layout, MachineLock, MigMode, Nvml};
use nvml_mig_sim::{GpuSpec, Simulator};

const GPUS: usize = 8;

fn target(layout: &str) -> GpuTarget {
    layout.parse::<Layout>().unwrap().into()
}

/// The functions that something calls.
fn calls(simulator: &Simulator, ask: impl FnOnce()) -> Vec<String> {
    simulator.log_calls(true).unwrap();
    ask();
    let calls = simulator.calls().unwrap();
    simulator.log_calls(false).unwrap();
    calls.into_iter().map(|call| call.function).collect()
}

/// From seven GPU instances to two others, on eight A100s.
#[test]
fn eight_gpus_cost_no_call_too_many() {
    let mut builder = Simulator::builder();
    for _ in 0..GPUS {
        builder = builder.gpu(GpuSpec::new("a100-sxm4-40gb"));
    }
    let simulator = builder.start().unwrap();
    let nvml = Nvml::init_from(simulator.library_path()).unwrap();
    let devices = nvml.devices().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let plan = |layout: &str| -> Vec<GpuPlan> {
        let target = target(layout);
        let options = GpuPlanOptions::default;
        let plan = |device| GpuPlan::from_device(device, &target, options()).unwrap();
        devices.iter().map(plan).collect()
    };
    let apply = |plans: &[GpuPlan]| {
        let mut lock = MachineLock::take_in(folder.path()).unwrap();
        lock.apply(plans, |_| ControlFlow::Continue(())).unwrap();
    };
    apply(&plan("7*1g.5gb"));

    let mut plans = Vec::new();
    let planning = calls(&simulator, || plans = plan("3g.20gb, 4g.20gb"));
    // MIG mode; the list of 1g.5gb, which leaves no slice for others; a look at each of seven GPU instances. The profiles,
    // where they may stand, the generation and the UUID are known since the first plan.
    let gpu_instances = 1 + 1 + 7;
    // What compute instances 1g.5gb has, asked once: the profile of one slice. Its second one and the end are asked for
    // twice, and then whether the GPU instance is still there. A list in each of seven, and a look at each.
    let compute_instances = 1 + 2 + 2 + 1 + 7 + 7;
    // Where the compute instance of 1g.5gb may stand; and who runs on the GPU, a list for each kind of process.
    let placements_and_processes = 1 + 3;
    let each = gpu_instances + compute_instances + placements_and_processes;
    assert_eq!(each, 33);
    assert_eq!(planning.len(), GPUS * each, "{planning:#?}");

    let applying = calls(&simulator, || apply(&plans));
    // Whether everything is as it was: the mode, one list and a look at each; a list in each, where the one compute
    // instance has only one place to stand; and who runs on the GPU.
    let check = 1 + 1 + 7 + 7 + 3;
    // The UUIDs of the MIG devices that go: handle and UUID of each. How many there can be, their ids and the name of their kind
    // are known since they were created.
    let mig_uuids = 7 * 2;
    // Seven of each are looked at once more, destroyed, and looked at again: others may have put another in the place of one,
    // and a driver may only pretend.
    let destroyed = 3 * 7 + 3 * 7;
    // Two GPU instances and two compute instances are created, and looked at; and the GPU instance before the compute
    // instance is created in it.
    let created = 2 * 2 + 2 * 3;
    // The mode; the profiles anew, of which an A100 has numbers up to 14, and whether the mode is still the same; the two
    // that were created, which leave no slice for others, and a look at each; a list in each, and a look at what is in it.
    let read_back = 1 + 15 + 1 + 2 * 2 + 2 * 2;
    // The MIG devices that were created: handle, UUID, two ids and the name of their kind.
    let new_mig_uuids = 2 * 5;
    let each = check + mig_uuids + destroyed + created + read_back + new_mig_uuids;
    assert_eq!(each, 120);
    assert_eq!(applying.len(), GPUS * each, "{applying:#?}");
}

#[test]
fn what_is_there_already_is_not_changed() {
    let Machine {
        simulator, device, ..
    } = Machine::with("a30");
    let folder = tempfile::tempdir().unwrap();
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    for round in 0..2 {
        let target = target("2g.12gb, 2*1g.6gb");
        let called = calls(&simulator, || {
            let plan = GpuPlan::from_device(&device, &target, GpuPlanOptions::default()).unwrap();
            lock.apply(&[plan], |_| ControlFlow::Continue(())).unwrap();
        });
        let words = ["Create", "Destroy", "SetMig"];
        let changes = |call: &&String| words.iter().any(|word| call.contains(word));
        let changes = called.iter().filter(changes).count();
        // Three GPU instances with a compute instance each; then nothing.
        assert_eq!(changes, [6, 0][round]);
    }
}

/// A driver was seen to report success for a destruction that it had not made. The step fails, and what it was is still there.
#[test]
fn a_destruction_that_is_only_pretended_is_a_failed_step() {
    for function in ["nvmlGpuInstanceDestroy", "nvmlComputeInstanceDestroy"] {
        let machine = Machine::with("a30");
        let device = &machine.device;
        let folder = tempfile::tempdir().unwrap();
        let mut lock = MachineLock::take_in(folder.path()).unwrap();
        let change = |lock: &mut MachineLock, layout: &str| {
            lock.change(device, target(layout), GpuPlanOptions::default())
        };
        change(&mut lock, "2*2g.12gb").unwrap();
        machine.simulator.pretend(function).unwrap();
        let error = change(&mut lock, "2g.12gb:0").unwrap_err();
        assert!(
            matches!(*error.failure, ApplyFailure::Step { .. }),
            "{error}"
        );
        let rollback = error.rollback.as_ref();
        assert!(rollback.is_none_or(Rollback::is_complete), "{error}");
        assert!(!lock.is_interrupted(), "{error}");
        let there = PresentGpuInstance::read_all(device).unwrap();
        let inside: Vec<usize> = there
            .iter()
            .map(|one| one.compute_instances().len())
            .collect();
        assert_eq!(inside, [1, 1], "{error}");
    }
}

/// The same of MIG mode: what is neither active nor pending is no mode that waits.
#[test]
fn a_mig_mode_that_is_only_pretended_is_a_failed_step() {
    for board in ["a30", "h100-sxm5-80gb"] {
        let machine = Machine::with(board);
        let device = &machine.device;
        let folder = tempfile::tempdir().unwrap();
        let mut lock = MachineLock::take_in(folder.path()).unwrap();
        let options = || GpuPlanOptions::default().with_change_mig_mode(true);
        machine.simulator.pretend("nvmlDeviceSetMigMode").unwrap();
        let error = device.set_mig_mode(MigMode::Disabled).unwrap_err();
        assert_eq!(error.cause(), Some(Cause::ImplausibleAnswer), "{error}");
        let smallest = device.gpu_instance_profiles().unwrap().remove(0);
        let one = format!("{}:0", smallest.name);
        lock.change(device, target(&one), options()).unwrap();
        let error = lock
            .change(device, GpuTarget::MigDisabled, options())
            .unwrap_err();
        assert!(
            matches!(*error.failure, ApplyFailure::Step { .. }),
            "{error}"
        );
        assert!(
            error.rollback.as_ref().is_some_and(Rollback::is_complete),
            "{error}"
        );
        assert_eq!(device.gpu_instances().unwrap().len(), 1, "{error}");
    }
}
