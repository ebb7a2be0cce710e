//! One more instance, one less, and instances that are pinned: each from a device to an applied change in one call.

use crate::support::chain::chain;
use crate::support::machine::{Machine, on_each_driver};
use nvml_mig::apply::{
    Applied, ApplyError, ApplyFailure, GpuPlanErrorReason, GpuPlanOptions, GpuTarget,
    InstanceSelector,
};
use nvml_mig::instance::{ComputeInstanceId, GpuInstanceId, GpuInstancePlacement};
use nvml_mig::plan::{DoesNotFitReason, GpuModel, PlanError, PlanOptions, PresentGpuInstance};
use nvml_mig::{Layout, MachineLock};
use nvml_mig_sim::{GpuSpec, Process};

fn layout(text: &str) -> Layout {
    text.parse().unwrap()
}

fn change(
    machine: &Machine,
    target: impl Into<GpuTarget>,
    options: GpuPlanOptions,
) -> Result<Applied, ApplyError> {
    let folder = tempfile::tempdir().unwrap();
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    lock.change(&machine.device, target, options)
}

fn there(machine: &Machine) -> String {
    let model = GpuModel::read(&machine.device).unwrap();
    let present = PresentGpuInstance::read_all(&machine.device).unwrap();
    model.layout_of(&present).to_string()
}

fn machine(text: &str) -> Machine {
    let machine = Machine::with("a100-sxm4-40gb");
    change(&machine, layout(text), GpuPlanOptions::new()).unwrap();
    machine
}

fn reason(error: &ApplyError) -> &GpuPlanErrorReason {
    match &*error.failure {
        ApplyFailure::Plan(error) => &error.reason,
        other => panic!("{other}"),
    }
}

#[test]
fn one_more_leaves_what_is_there_alone() {
    let machine = machine("3g.20gb:4(1c,1c), 1g.5gb:0()");
    let before: Vec<_> = PresentGpuInstance::read_all(&machine.device).unwrap();
    let process = Process::new(0, 7).gpu_instance(before[0].id.number());
    machine.simulator.busy(process).unwrap();
    let added = GpuTarget::Add(layout("2g.10gb"));
    let applied = change(&machine, added, GpuPlanOptions::new()).unwrap();
    let created: Vec<_> = applied.created().collect();
    let [created] = created.as_slice() else {
        panic!("{applied:?}");
    };
    assert_eq!(created.instance.name, "2g.10gb");
    assert!(created.instance.compute_instances[0].mig_uuid.is_some());
    let after = PresentGpuInstance::read_all(&machine.device).unwrap();
    for before in &before {
        let mut after = after.iter();
        let found = after.find(|after| after.id == before.id).unwrap();
        assert!(PresentGpuInstance::are_same(
            std::slice::from_ref(found),
            std::slice::from_ref(before)
        ));
    }
    assert_eq!(after.len(), 3);
}

fn added(text: &str) -> GpuTarget {
    GpuTarget::Add(layout(text))
}

/// The existing compute instances stay, with their ids, whatever uses them.
#[test]
fn a_mig_device_uses_free_compute_slices_of_an_existing_gpu_instance() {
    for (from, more, to) in [
        ("3g.20gb:4(1c:1)", "1c.3g.20gb", "3g.20gb:4(1c:1,1c:0)"),
        (
            "3g.20gb:4(1c:2), 3g.20gb:0",
            "2c.3g.20gb",
            "3g.20gb:0, 3g.20gb:4(1c:2,2c:0)",
        ),
        ("3g.20gb:4(2c:0), 2g.10gb:0", "3g.20gb(1c)", ""),
        (
            "3g.20gb:4(2c:0)",
            "2*1c.3g.20gb",
            "3g.20gb:0(1c:0), 3g.20gb:4(2c:0,1c:2)",
        ),
        ("3g.20gb:4(2c:0)", "2c.3g.20gb, 1g.5gb", ""),
        ("3g.20gb:4()", "1c.3g.20gb", "3g.20gb:4(1c:0)"),
        (
            "3g.20gb:4(), 3g.20gb:0()",
            "1c.3g.20gb",
            "3g.20gb:0(1c:0), 3g.20gb:4()",
        ),
        (
            "3g.20gb:4(), 3g.20gb:0()",
            "2*2c.3g.20gb",
            "3g.20gb:0(2c:0), 3g.20gb:4(2c:0)",
        ),
        ("3g.20gb:4()", "3g.20gb", "3g.20gb:0, 3g.20gb:4()"),
    ] {
        let machine = machine(from);
        let before = PresentGpuInstance::read_all(&machine.device).unwrap();
        let changed = change(&machine, added(more), GpuPlanOptions::new());
        assert_eq!(changed.is_ok(), !to.is_empty(), "{from} + {more}");
        let expected = if to.is_empty() { from } else { to };
        assert_eq!(there(&machine), expected, "{from} + {more}");
        let after = PresentGpuInstance::read_all(&machine.device).unwrap();
        for before in before {
            let mut after = after.iter();
            let after = after.find(|after| after.id == before.id).unwrap();
            for inside in before.compute_instances() {
                assert!(after.compute_instances().contains(inside), "{after:?}");
            }
        }
    }
}

/// No two free compute slices are side by side, and nobody has pinned anything.
#[test]
fn what_an_addition_leaves_alone_is_not_called_pinned() {
    let machine = machine("4g.20gb(1c:0,1c:2)");
    let error = change(&machine, added("2c.4g.20gb"), GpuPlanOptions::new()).unwrap_err();
    let said = chain(&error);
    assert!(
        said.contains("not to be destroyed") && !said.contains("pinned"),
        "{said}"
    );
}

/// One that the caller pins gets nothing more.
#[test]
fn a_pinned_gpu_instance_gets_no_more_compute_instances() {
    let machine = machine("3g.20gb:4(1c:0)");
    let options = GpuPlanOptions::new().with_pin(GpuInstanceId::new(2));
    change(&machine, added("1c.3g.20gb"), options).unwrap();
    assert_eq!(there(&machine), "3g.20gb:0(1c:0), 3g.20gb:4(1c:0)");
}

/// It would fit if the existing instance moved, or if it could be destroyed.
#[test]
fn one_more_never_moves_another() {
    let machine = machine("1g.5gb:1");
    let added = GpuTarget::Add(layout("4g.20gb"));
    let error = change(&machine, added, GpuPlanOptions::new()).unwrap_err();
    assert!(
        matches!(
            reason(&error),
            GpuPlanErrorReason::Plan(PlanError::DoesNotFit(_))
        ),
        "{error}"
    );
    assert_eq!(there(&machine), "1g.5gb:1");
    // The layout says where, and so does not move it either.
    change(&machine, layout("4g.20gb, 1g.5gb"), GpuPlanOptions::new()).unwrap();
}

#[test]
fn one_more_on_a_gpu_without_mig_mode_enables_it_if_that_is_allowed() {
    let machine = Machine::of(GpuSpec::new("a30").mig(false));
    let added = GpuTarget::Add(layout("2g.12gb"));
    let error = change(&machine, added.clone(), GpuPlanOptions::new()).unwrap_err();
    assert!(matches!(reason(&error), GpuPlanErrorReason::MigMode { .. }));
    let options = GpuPlanOptions::new().with_change_mig_mode(true);
    change(&machine, added, options).unwrap();
    assert_eq!(there(&machine), "2g.12gb:0");
}

#[test]
fn one_less_by_each_way_to_name_it() {
    fn large(machine: &Machine) -> nvml_mig::MigDevice {
        let mut all = machine.device.mig_devices().unwrap().into_iter();
        all.find(|one| one.name().unwrap().ends_with("3g.20gb"))
            .unwrap()
    }
    let selectors: [fn(&Machine) -> InstanceSelector; 5] = [
        |machine| {
            let all = machine.device.gpu_instances().unwrap();
            let at = |start| move |one: &&nvml_mig::GpuInstance| one.placement().start == start;
            all.iter().find(at(4)).unwrap().id().into()
        },
        |_| GpuInstancePlacement { start: 4, size: 4 }.into(),
        |machine| InstanceSelector::mig_uuid(large(machine).uuid().unwrap()),
        |machine| {
            let uuid = large(machine).uuid().unwrap();
            InstanceSelector::mig_uuid(uuid.to_ascii_uppercase())
        },
        // As drivers before R470 call it.
        |machine| {
            let (gpu, id) = (
                machine.device.uuid().unwrap(),
                large(machine).gpu_instance_id(),
            );
            InstanceSelector::mig_uuid(format!("MIG-{gpu}/{}/0", id.unwrap()))
        },
    ];
    for selector in selectors {
        let machine = machine("3g.20gb:4, 2g.10gb:0, 1g.5gb:2()");
        let selector = selector(&machine);
        let removed = GpuTarget::Remove(vec![selector.clone()]);
        change(&machine, removed, GpuPlanOptions::new()).unwrap();
        assert_eq!(there(&machine), "2g.10gb:0, 1g.5gb:2()", "{selector}");
    }
}

#[test]
fn one_compute_instance_less_leaves_its_neighbours() {
    let machine = machine("3g.20gb:4(1c,2c)");
    let id = machine.device.gpu_instances().unwrap()[0].id();
    let by_id = |inside| InstanceSelector::ComputeInstance(id, ComputeInstanceId::new(inside));
    let removed = GpuTarget::Remove(vec![by_id(0)]);
    change(&machine, removed, GpuPlanOptions::new()).unwrap();
    assert_eq!(machine.device.gpu_instances().unwrap()[0].id(), id);
    assert_eq!(machine.device.mig_devices().unwrap().len(), 1);
    // The last one takes its GPU instance with it.
    let removed = GpuTarget::Remove(vec![by_id(1)]);
    change(&machine, removed, GpuPlanOptions::new()).unwrap();
    assert_eq!(there(&machine), "none");
}

#[test]
fn what_is_busy_is_not_removed() {
    let machine = machine("3g.20gb:4, 2g.10gb:0");
    let id = machine.device.gpu_instances().unwrap()[0].id();
    let process = Process::new(0, 7).gpu_instance(id.number());
    machine.simulator.busy(process.compute_instance(0)).unwrap();
    let removed = GpuTarget::remove([id]);
    let error = change(&machine, removed, GpuPlanOptions::new()).unwrap_err();
    let GpuPlanErrorReason::Removal(why) = reason(&error) else {
        panic!("{error}");
    };
    assert!(matches!(why.reason, DoesNotFitReason::Blocked { .. }));
    assert_eq!(machine.device.gpu_instances().unwrap().len(), 2);
}

#[test]
fn what_is_not_there_is_named() {
    let machine = machine("3g.20gb:4");
    let unknown = [
        (
            InstanceSelector::from(GpuInstanceId::new(9)),
            "there is no GPU instance 9",
        ),
        (
            GpuInstancePlacement { start: 0, size: 4 }.into(),
            "there is no GPU instance at 0:4",
        ),
        (
            InstanceSelector::mig_uuid("MIG-1"),
            "there is no MIG device MIG-1",
        ),
        // Of another GPU.
        (
            InstanceSelector::mig_uuid("MIG-GPU-1/2/0"),
            "there is no MIG device MIG-GPU-1/2/0",
        ),
    ];
    for (selector, sentence) in unknown {
        let removed = GpuTarget::Remove(vec![selector.clone()]);
        let pinned = GpuPlanOptions::new().with_pin(selector);
        let refused = [
            change(&machine, removed, GpuPlanOptions::new()).unwrap_err(),
            change(&machine, layout("7*1g.5gb"), pinned).unwrap_err(),
        ];
        for error in refused {
            assert!(matches!(
                reason(&error),
                GpuPlanErrorReason::NoSuchInstance(_)
            ));
            assert!(error.to_string().contains(sentence), "{error}");
        }
    }
    assert_eq!(there(&machine), "3g.20gb:4");
}

/// Without the pin, the lower placement would be better: it leaves more room.
#[test]
fn a_pinned_instance_stays_and_the_rest_goes_around_it() {
    let machine = machine("2g.10gb:2, 1g.5gb:0");
    let mine = GpuInstancePlacement { start: 2, size: 2 };
    let options = GpuPlanOptions::new().with_pin(mine);
    change(
        &machine,
        layout("3g.20gb, 2g.10gb, 2*1g.5gb"),
        options.clone(),
    )
    .unwrap();
    assert!(there(&machine).contains("2g.10gb:2"));
    let error = change(&machine, layout("7*1g.5gb"), options).unwrap_err();
    assert!(
        error.to_string().ends_with("nothing was changed"),
        "{error}"
    );
    let destroys = PlanOptions::new().with_destroy_busy(true);
    let options = GpuPlanOptions::from(destroys).with_pin(mine);
    change(&machine, layout("7*1g.5gb"), options).unwrap_err();
    assert!(there(&machine).contains("2g.10gb:2"));
}

#[test]
fn none_less_is_what_is_there() {
    let machine = machine("3g.20gb:4");
    let none = GpuTarget::Remove(Vec::new());
    assert_eq!(none.to_string(), "the existing instances");
    let applied = change(&machine, none, GpuPlanOptions::new()).unwrap();
    assert_eq!(applied.created().count(), 0);
    assert_eq!(there(&machine), "3g.20gb:4");
}

/// Also on drivers without a call that creates a compute instance at a chosen place.
#[test]
fn one_more_beside_a_divided_instance_on_each_driver() {
    on_each_driver(|driver| {
        let machine = driver.with("a100-sxm4-40gb");
        change(&machine, layout("3g.20gb(1c,1c)"), GpuPlanOptions::new()).unwrap();
        let before = PresentGpuInstance::read_all(&machine.device).unwrap();
        let added = GpuTarget::Add(layout("2g.10gb"));
        let applied = change(&machine, added, GpuPlanOptions::new()).unwrap();
        assert_eq!(applied.created().count(), 1);
        let after = PresentGpuInstance::read_all(&machine.device).unwrap();
        let kept = after.iter().find(|instance| instance.id == before[0].id);
        assert_eq!(kept, before.first());
    });
}
