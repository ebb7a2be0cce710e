//! Temporary compute instances, which only serve ids: that the driver refuses to destroy one costs ids, and never the layout.

use std::ops::ControlFlow;

use crate::support::machine::Machine;
use crate::support::plans::{layout, plan, set_up, there};
use nvml_mig::apply::{Applied, ApplyError, ApplyFailure, LeftAlone, Progress};
use nvml_mig::{GpuPlan, MachineLock};
use nvml_mig_sim::{Process, ProcessKind, nvmlReturn_t};
use tempfile::TempDir;

const DESTROY: &str = "nvmlComputeInstanceDestroy";

/// On an empty GPU: a free id beside two compute instances, and ids for which there is room only where others come later.
const LAYOUTS: [&str; 3] = [
    "2g.10gb:0, 3g.20gb:4(1c:1#1, 1c:2#2)",
    "7g.40gb:0(4c:0#0, 2c:4#3)",
    "7g.40gb:0(1c:0#0, 2c:1#1, 3c:3#4)",
];

/// A client opens the temporary compute instance that is destroyed next.
fn open_temporary(machine: &Machine, kind: ProcessKind) {
    let gpu_instances = machine.device.gpu_instances().unwrap();
    let largest = gpu_instances.iter().max_by_key(|one| one.placement().size);
    let id = largest.unwrap().id().number();
    let process = Process::new(0, 4242).gpu_instance(id).compute_instance(0);
    machine.simulator.busy(process.kind(kind)).unwrap();
}

fn is_destruction(progress: &Progress) -> bool {
    let (Progress::Step { action, .. } | Progress::Undo { action, .. }) = progress else {
        return false;
    };
    action.starts_with("destroy temporary compute instance")
}

/// Applies the plan; a client opens compute instance 0 when it is destroyed for the first time.
fn apply_opened(
    machine: &Machine,
    folder: &TempDir,
    plan: GpuPlan,
    kind: ProcessKind,
) -> Result<Applied, ApplyError> {
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    let mut is_open = false;
    lock.apply(&[plan], |progress| {
        if is_destruction(progress) && !is_open {
            open_temporary(machine, kind);
            is_open = true;
        }
        ControlFlow::Continue(())
    })
}

/// The layout without the ids.
fn without_ids(text: &str) -> String {
    let mut parts = text.split('#');
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |text, part| text + &part[1..])
}

#[test]
fn a_refusal_to_destroy_one_costs_ids_only() {
    let codes = [
        nvmlReturn_t::NVML_ERROR_IN_USE,
        nvmlReturn_t::NVML_ERROR_NO_PERMISSION,
        nvmlReturn_t::NVML_ERROR_NOT_SUPPORTED,
    ];
    for text in LAYOUTS {
        let temporary = temporary_of(text);
        assert!(temporary > 0, "{text}");
        for (nth, code) in (1..=temporary.min(2)).flat_map(|nth| codes.map(|code| (nth, code))) {
            let machine = Machine::with("a100-sxm4-40gb");
            let folder = tempfile::tempdir().unwrap();
            let plan = plan(&machine.device, &layout(text));
            machine.simulator.fail(DESTROY, nth, code).unwrap();
            let mut lock = MachineLock::take_in(folder.path()).unwrap();
            let applied = lock.apply(&[plan], |_| ControlFlow::Continue(()));
            assert!(applied.is_ok(), "{text}, {nth}: {}", applied.unwrap_err());
            assert_eq!(
                without_ids(&there(&machine.device)),
                without_ids(&there_alone(text))
            );
            assert!(!lock.is_interrupted());
        }
    }
}

/// How many temporary instances the plan of a layout has.
fn temporary_of(text: &str) -> u32 {
    let machine = Machine::with("a100-sxm4-40gb");
    let lines = plan(&machine.device, &layout(text)).lines();
    let destroyed = lines
        .iter()
        .filter(|line| line.starts_with("destroy temporary"));
    u32::try_from(destroyed.count()).unwrap()
}

/// What stands there once this was applied and nothing was refused.
fn there_alone(text: &str) -> String {
    let machine = Machine::with("a100-sxm4-40gb");
    set_up(&machine.device, text);
    there(&machine.device)
}

/// All but the temporary compute instance is as planned then, and the one before can't come back beside it.
#[test]
fn one_that_stays_in_use_is_named_and_goes_with_the_next_run() {
    for kind in [ProcessKind::Compute, ProcessKind::Unlisted] {
        let machine = Machine::with("a100-sxm4-40gb");
        set_up(&machine.device, "7g.40gb");
        let folder = tempfile::tempdir().unwrap();
        let wanted = plan(&machine.device, &layout(LAYOUTS[0]));
        let error = apply_opened(&machine, &folder, wanted, kind).unwrap_err();
        let ApplyFailure::LeftOver {
            gpu_instance,
            compute_instance,
            processes,
            ..
        } = &*error.failure
        else {
            panic!("{error}");
        };
        assert_eq!(gpu_instance.number(), 2);
        assert_eq!(compute_instance.unwrap().number(), 0);
        assert_eq!(processes.len(), usize::from(kind == ProcessKind::Compute));
        let text = error.to_string();
        assert!(
            text.contains("temporary compute instance 0 of GPU instance 2 is in use"),
            "{text}"
        );
        assert!(!error.rollback.as_ref().unwrap().is_complete(), "{text}");
        assert_eq!(there_without_ids(&machine), REACHED);

        // As long as the client has it, nothing else is touched either, and the change is still recorded.
        let mut lock = MachineLock::take_in(folder.path()).unwrap();
        let report = lock.recover(&machine.nvml, |_| {}).unwrap().unwrap();
        let left_alone = &report.gpus[0].left_alone;
        assert!(
            matches!(left_alone.as_slice(), [LeftAlone::Temporary(_)]),
            "{report}"
        );
        assert_eq!(there_without_ids(&machine), REACHED);
        assert!(lock.is_interrupted());

        machine.simulator.idle(Default::default()).unwrap();
        assert!(lock.recover(&machine.nvml, |_| {}).unwrap().is_none());
        assert!(!lock.is_interrupted());
        let planned = "3g.20gb:4(1c:1,1c:2), 2g.10gb:0";
        assert_eq!(there_without_ids(&machine), planned);
    }
}

fn there_without_ids(machine: &Machine) -> String {
    without_ids(&there(&machine.device)).replace(", 1c", ",1c")
}

/// Two GPUs with 7g.40gb each, and the plans for both: a client opens the temporary compute instance of GPU 0. On the other GPU, a creation
/// fails, if `fails`.
fn apply_to_two(fails: bool) -> (Machine, TempDir, ApplyError) {
    let simulator = nvml_mig_sim::Simulator::builder();
    let gpu = || nvml_mig_sim::GpuSpec::new("a100-sxm4-40gb");
    let machine = Machine::open(simulator.gpu(gpu()).gpu(gpu()).start().unwrap());
    let other = machine.nvml.device_by_index(1).unwrap();
    for device in [&machine.device, &other] {
        set_up(device, "7g.40gb");
    }
    let folder = tempfile::tempdir().unwrap();
    let plans = [
        plan(&machine.device, &layout(LAYOUTS[0])),
        plan(&other, &layout("2*3g.20gb")),
    ];
    let error = {
        let mut lock = MachineLock::take_in(folder.path()).unwrap();
        let applied = lock.apply(&plans, |progress| {
            if is_destruction(progress) {
                open_temporary(&machine, ProcessKind::Unlisted);
            }
            if fails
                && progress
                    .to_string()
                    .contains("create GPU instance 3g.20gb at 0")
            {
                let refused = nvmlReturn_t::NVML_ERROR_INSUFFICIENT_RESOURCES;
                let create = "nvmlDeviceCreateGpuInstanceWithPlacement";
                machine.simulator.fail(create, 1, refused).unwrap();
            }
            ControlFlow::Continue(())
        });
        applied.unwrap_err()
    };
    (machine, folder, error)
}

const REACHED: &str = "3g.20gb:4(1c:0,1c:1,1c:2), 2g.10gb:0";

/// The other GPU is changed as planned, and nothing is undone on any.
#[test]
fn the_other_gpus_of_the_change_do_not_wait_for_it() {
    let (machine, folder, error) = apply_to_two(false);
    let failure = &*error.failure;
    assert!(matches!(failure, ApplyFailure::LeftOver { .. }), "{error}");
    let other = machine.nvml.device_by_index(1).unwrap();
    let both = || (there_without_ids(&machine), there(&other));
    let reached = (REACHED.to_owned(), "3g.20gb:0, 3g.20gb:4".to_owned());
    assert_eq!(both(), reached);
    let rollback = error.rollback.as_ref().unwrap();
    assert_eq!(rollback.gpus.len(), 1, "{error}");
    assert!(!rollback.is_complete(), "{error}");

    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    assert!(lock.recover(&machine.nvml, |_| {}).unwrap().is_some());
    assert_eq!(both(), reached);
    machine.simulator.idle(Default::default()).unwrap();
    assert!(lock.recover(&machine.nvml, |_| {}).unwrap().is_none());
    let planned = "3g.20gb:4(1c:1,1c:2), 2g.10gb:0";
    assert_eq!(both(), (planned.to_owned(), reached.1));
    assert!(!lock.is_interrupted());
}

/// What is planned on this GPU stays whole until the client has gone, and is taken back then, since the other one was restored.
#[test]
fn a_rollback_destroys_nothing_beside_one_that_stays() {
    let (machine, folder, error) = apply_to_two(true);
    let failure = &*error.failure;
    assert!(!matches!(failure, ApplyFailure::LeftOver { .. }), "{error}");
    let other = machine.nvml.device_by_index(1).unwrap();
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    for _ in 0..2 {
        assert_eq!(there(&other), "7g.40gb:0", "{error}");
        assert_eq!(there_without_ids(&machine), REACHED, "{error}");
        let report = lock.recover(&machine.nvml, |_| {}).unwrap().unwrap();
        let left_alone = &report.gpus[0].left_alone;
        let is_temporary = matches!(left_alone.as_slice(), [LeftAlone::Temporary(_)]);
        assert!(is_temporary, "{report}");
    }
    machine.simulator.idle(Default::default()).unwrap();
    let report = lock.recover(&machine.nvml, |_| {}).unwrap().unwrap();
    assert!(report.is_complete(), "{report}");
    assert_eq!(there(&machine.device), "7g.40gb:0");
    assert!(!lock.is_interrupted());
}

/// A rollback has temporary compute instances of its own.
#[test]
fn a_rollback_restores_all_others_beside_one_that_stays() {
    let before = "7g.40gb:0(1c:0#0, 1c:2#2, 1c:3#3)";
    for stays in [false, true] {
        let machine = Machine::with("a100-sxm4-40gb");
        set_up(&machine.device, before);
        let there_before = there(&machine.device);
        let folder = tempfile::tempdir().unwrap();
        let mut lock = MachineLock::take_in(folder.path()).unwrap();
        let create = "nvmlGpuInstanceCreateComputeInstanceWithPlacement";
        let refused = nvmlReturn_t::NVML_ERROR_INSUFFICIENT_RESOURCES;
        machine.simulator.fail(create, 1, refused).unwrap();
        let wanted = plan(&machine.device, &layout("7g.40gb(1c:0, 4c:3)"));
        let in_use = nvmlReturn_t::NVML_ERROR_IN_USE;
        let mut is_refused = false;
        let error = lock.apply(&[wanted], |progress| {
            if is_destruction(progress) && !is_refused {
                is_refused = true;
                let nth = u32::from(!stays);
                machine.simulator.fail(DESTROY, nth, in_use).unwrap();
            }
            ControlFlow::Continue(())
        });
        let error = error.unwrap_err();
        let rollback = error.rollback.as_ref().unwrap();
        assert!(is_refused, "{error}");
        assert!(rollback.gpus[0].lost().is_empty(), "{error}");
        assert_eq!(rollback.gpus[0].left().len(), usize::from(stays), "{error}");
        assert_eq!(lock.is_interrupted(), stays);
        machine.simulator.clear_faults().unwrap();
        let report = lock.recover(&machine.nvml, |_| {}).unwrap();
        assert_eq!(report.is_some(), stays);
        assert!(!lock.is_interrupted());
        assert_eq!(
            without_ids(&there(&machine.device)),
            without_ids(&there_before)
        );
    }
}

/// The one GPU instance that bridges a change, since the driver refuses the first one beside a client.
#[test]
fn a_temporary_gpu_instance_is_destroyed_in_the_end_too() {
    let machine = Machine::with("a100-sxm4-40gb");
    set_up(&machine.device, "3g.20gb:0");
    let wanted = plan(&machine.device, &layout("4g.20gb"));
    assert!(
        wanted
            .lines()
            .iter()
            .any(|line| line.contains("temporary GPU instance"))
    );
    let refused = nvmlReturn_t::NVML_ERROR_IN_USE;
    machine
        .simulator
        .fail("nvmlGpuInstanceDestroy", 2, refused)
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    lock.apply(&[wanted], |_| ControlFlow::Continue(()))
        .unwrap();
    assert_eq!(there(&machine.device), "4g.20gb:0");
    assert!(!lock.is_interrupted());
}

/// The layout stays, and it goes with the next run.
#[test]
fn a_temporary_gpu_instance_that_stays_is_named_too() {
    let machine = Machine::with("a100-sxm4-40gb");
    set_up(&machine.device, "3g.20gb:0");
    let wanted = plan(&machine.device, &layout("4g.20gb"));
    let folder = tempfile::tempdir().unwrap();
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    let error = lock.apply(&[wanted], |progress| {
        let opens = progress.to_string().contains("destroy temporary GPU");
        let gpu_instances = machine.device.gpu_instances().unwrap();
        let temporary = gpu_instances.iter().find(|one| one.placement().start == 4);
        if let Some(temporary) = temporary.filter(|_| opens) {
            let client = Process::new(0, 7).gpu_instance(temporary.id().number());
            let client = client.kind(ProcessKind::Unlisted);
            machine.simulator.busy(client).unwrap();
        }
        ControlFlow::Continue(())
    });
    let error = error.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("temporary GPU instance"), "{text}");
    assert_eq!(error.rollback.as_ref().unwrap().gpus.len(), 1, "{text}");
    let reached = there(&machine.device);
    assert!(reached.contains("4g.20gb:0, "), "{reached}");
    assert!(lock.recover(&machine.nvml, |_| {}).unwrap().is_some());
    assert_eq!(there(&machine.device), reached);
    machine.simulator.idle(Default::default()).unwrap();
    assert!(lock.recover(&machine.nvml, |_| {}).unwrap().is_none());
    assert!(!lock.is_interrupted());
    assert_eq!(there(&machine.device), "4g.20gb:0");
}

/// Two GPUs of which GPU 0 keeps the temporary instance, which `what` happens to before the client goes: nothing but that instance is
/// destroyed then, if it still stands, and the journal goes.
fn only_that_one_goes(what: impl Fn(&Machine), expected: [&str; 2]) {
    let (machine, folder, _) = apply_to_two(false);
    let other = machine.nvml.device_by_index(1).unwrap();
    what(&machine);
    machine.simulator.idle(Default::default()).unwrap();
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    let report = lock.recover(&machine.nvml, |_| {}).unwrap();
    assert!(report.is_none(), "{report:?}");
    assert!(!lock.is_interrupted());
    assert_eq!(
        [there_without_ids(&machine), there(&other)],
        expected.map(str::to_owned)
    );
}

const COMPLETE: &str = "3g.20gb:4(1c:1,1c:2), 2g.10gb:0";
const OTHER: &str = "3g.20gb:0, 3g.20gb:4";

#[test]
fn what_others_do_with_the_other_gpu_undoes_nothing() {
    let other = |machine: &Machine| machine.nvml.device_by_index(1).unwrap();
    only_that_one_goes(|_| {}, [COMPLETE, OTHER]);
    only_that_one_goes(
        |machine| set_up(&other(machine), "1g.5gb:6"),
        [COMPLETE, "1g.5gb:6"],
    );
    let reset = |machine: &Machine| machine.simulator.reset_gpu(1).unwrap();
    only_that_one_goes(reset, [COMPLETE, "none"]);
}

#[test]
fn what_others_do_with_the_gpu_itself_undoes_nothing() {
    let destroy = |machine: &Machine, start: u32| {
        let gpu_instances = machine.device.gpu_instances().unwrap();
        let mut gpu_instances = gpu_instances.into_iter();
        let found = gpu_instances.find(|one| one.placement().start == start);
        let found = found.unwrap();
        machine.simulator.idle(Default::default()).unwrap();
        for inside in found.compute_instances().unwrap() {
            inside.destroy().unwrap();
        }
        found.destroy().unwrap();
    };
    only_that_one_goes(
        |machine| destroy(machine, 0),
        ["3g.20gb:4(1c:1,1c:2)", OTHER],
    );
    only_that_one_goes(|machine| destroy(machine, 4), ["2g.10gb:0", OTHER]);
    let reset = |machine: &Machine| {
        machine.simulator.idle(Default::default()).unwrap();
        machine.simulator.reset_gpu(0).unwrap();
    };
    only_that_one_goes(reset, ["none", OTHER]);
}

/// It is neither in the journal nor refused, and a plan for the GPU with the temporary instance names that.
#[test]
fn the_other_gpu_of_the_change_is_free_at_once() {
    let (machine, folder, _) = apply_to_two(false);
    let other = machine.nvml.device_by_index(1).unwrap();
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    let uuids = [machine.device.uuid().unwrap()];
    assert_eq!(lock.interrupted_gpus().unwrap(), uuids);
    assert_eq!(lock.left_over_gpus().unwrap(), uuids);
    let wanted = plan(&other, &layout("1g.5gb:6"));
    lock.apply(&[wanted], |_| ControlFlow::Continue(()))
        .unwrap();
    assert_eq!(there(&other), "1g.5gb:6");

    let wanted = plan(&machine.device, &layout("1g.5gb:6"));
    let error = lock
        .apply(&[wanted], |_| ControlFlow::Continue(()))
        .unwrap_err();
    assert!(error.rollback.is_none(), "{error}");
    let text = error.to_string();
    let named = "temporary compute instance 0 of GPU instance 2 is left of an earlier change";
    assert!(text.contains(named), "{text}");
    assert_eq!(there_without_ids(&machine), REACHED);
}

/// A GPU that is lost has no instances any more, and neither a temporary one.
#[test]
fn a_lost_gpu_has_none_left() {
    let (machine, folder, _) = apply_to_two(false);
    let lost = nvmlReturn_t::NVML_ERROR_GPU_IS_LOST;
    machine.simulator.refuse_gpu(0, Some(lost)).unwrap();
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    assert!(lock.recover(&machine.nvml, |_| {}).unwrap().is_none());
    assert!(!lock.is_interrupted());
}
