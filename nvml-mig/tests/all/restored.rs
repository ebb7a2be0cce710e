//! Reports after a change: the GPU is read again, and every difference is listed.

use std::ops::ControlFlow;

use crate::support::machine::Machine;
use nvml_mig::apply::{ApplyFailure, GpuPlanOptions, Progress};
use nvml_mig::profile::ComputeInstanceProfileId;
use nvml_mig::snapshot::GpuSnapshot;
use nvml_mig::{GpuPlan, Layout, MachineLock, Nvml};
use nvml_mig_sim::nvmlReturn_t;

fn plan(machine: &Machine, layout: &str) -> GpuPlan {
    let layout: Layout = layout.parse().unwrap();
    GpuPlan::from_device(&machine.device, layout, GpuPlanOptions::default()).unwrap()
}

/// From each step, the rollback gives each compute instance the id that it had, although lower ones are free.
#[test]
fn a_rollback_gives_the_uuids_of_before() {
    for (before, to) in [
        ("3g.20gb:4(1c:1#1,1c:2#2), 2g.10gb:0(1c:0#1)", "7*1g.5gb"),
        ("3g.20gb:4(1c:1#1,1c:2#2)", "3g.20gb:4"),
        ("4g.20gb(1c:0#0,1c:2#2)", "4g.20gb(1c:0,2c:2)"),
        ("7g.40gb(4c:0#0,1c:4#4)", "7g.40gb(1c:4,1c:0)"),
    ] {
        let machine = Machine::with("a100-sxm4-40gb");
        let folder = tempfile::tempdir().unwrap();
        let mut lock = MachineLock::take_in(folder.path()).unwrap();
        let applied = lock.apply(&[plan(&machine, before)], |_| ControlFlow::Continue(()));
        applied.unwrap();
        let there = GpuSnapshot::read(&machine.device).unwrap();
        let steps = plan(&machine, to).lines().len();
        assert!(steps > 1, "{steps}");
        for stop in (2_u32..).take(steps - 1) {
            let mut steps = 0;
            let stopped = lock.apply(&[plan(&machine, to)], |_| {
                steps += 1;
                stop_at(stop, steps)
            });
            let rollback = stopped.unwrap_err().rollback.unwrap();
            assert!(rollback.is_complete(), "{rollback:?}");
            assert_eq!(rollback.gpus[0].changed_mig_uuids, []);
            let now = GpuSnapshot::read(&machine.device).unwrap();
            assert_eq!(now, there, "{before}");
        }
    }
}

/// Without the temporary one, compute instance 1 is created again as compute instance 0, and the UUID depends on the id.
#[test]
fn a_mig_device_that_has_another_uuid_is_told() {
    let machine = Machine::with("a30");
    let half = machine.create(5).unwrap();
    let one = ComputeInstanceProfileId::new(0);
    let first = half.create_compute_instance(one).unwrap();
    let _second = half.create_compute_instance(one).unwrap();
    first.destroy().unwrap();
    let uuid = |machine: &Machine| {
        let mig_devices = machine.device.mig_devices().unwrap();
        assert_eq!(mig_devices.len(), 1);
        mig_devices[0].uuid().unwrap()
    };
    let before = uuid(&machine);
    let folder = tempfile::tempdir().unwrap();
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    let mut steps = 0;
    let refused = nvmlReturn_t::NVML_ERROR_INSUFFICIENT_RESOURCES;
    let create = "nvmlGpuInstanceCreateComputeInstanceWithPlacement";
    machine.simulator.fail(create, 1, refused).unwrap();
    let stopped = lock.apply(&[plan(&machine, "4g.24gb")], |_| {
        steps += 1;
        stop_at(4, steps)
    });
    let error = stopped.unwrap_err();
    let rollback = error.rollback.as_ref().unwrap();
    assert!(rollback.is_complete(), "{error}");
    let now = uuid(&machine);
    assert_ne!(before, now);
    let [changed] = rollback.gpus[0].changed_mig_uuids.as_slice() else {
        panic!("{error}");
    };
    assert_eq!((&changed.before, &changed.now), (&before, &now));
    assert!(
        error
            .to_string()
            .contains(&format!("{before} is now {now}")),
        "{error}"
    );
    // Whose ids are as before has its UUID again.
    let mut steps = 0;
    let stopped = lock.apply(&[plan(&machine, "4g.24gb")], |_| {
        steps += 1;
        stop_at(4, steps)
    });
    let rollback = stopped.unwrap_err().rollback.unwrap();
    assert_eq!(rollback.gpus[0].changed_mig_uuids, []);
    assert_eq!(uuid(&machine), now);
}

fn stop_at(last: u32, step: u32) -> ControlFlow<()> {
    if step == last {
        ControlFlow::Break(())
    } else {
        ControlFlow::Continue(())
    }
}

/// The driver refuses the profile while the change is planned; then another process creates an instance of it.
#[test]
fn a_profile_that_was_refused_while_planning_hides_nothing_from_the_verification() {
    let machine = Machine::with("a30");
    let media = machine
        .device
        .gpu_instance_profile_by_name("1g.6gb+me")
        .unwrap();
    // Another connection each time, until the refused calls are those for this profile.
    let plans = (1..40).find_map(|nth| {
        let code = nvmlReturn_t::NVML_ERROR_NOT_SUPPORTED;
        let function = "nvmlDeviceGetGpuInstanceProfileInfoV";
        machine.simulator.clear_faults().unwrap();
        // It is asked for twice.
        machine.simulator.fail(function, nth, code).unwrap();
        machine.simulator.fail(function, nth + 1, code).unwrap();
        let nvml = Nvml::init_from(machine.simulator.library_path()).unwrap();
        let device = nvml.device_by_index(0).unwrap();
        let layout: Layout = "2g.12gb".parse().unwrap();
        let plan = GpuPlan::from_device(&device, layout, GpuPlanOptions::default());
        let profiles = device.gpu_instance_profiles().unwrap();
        let is_hidden = profiles.iter().all(|profile| profile.id != media.id);
        is_hidden.then(|| [plan.unwrap()])
    });
    machine.simulator.clear_faults().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    let applied = lock.apply(&plans.unwrap(), |step| {
        if matches!(step, Progress::Verify { .. }) {
            let _foreign = machine.device.create_gpu_instance(media.id).unwrap();
        }
        ControlFlow::Continue(())
    });
    let error = applied.unwrap_err();
    assert!(
        matches!(*error.failure, ApplyFailure::NotAsPlanned { .. }),
        "{error}"
    );
    let left = machine.device.gpu_instances().unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].profile().unwrap().id, media.id);
}
