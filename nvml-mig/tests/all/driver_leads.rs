//! Drivers before R460 choose the places of GPU instances: the order of creation leads them to the layout, and temporary GPU
//! instances do where no order does. Both kinds of chip are tried, which differ in the driver's preferences.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use crate::support::machine::Machine;
use crate::support::plans::{apply, layout, plan, set_up, there};
use nvml_mig::apply::{ApplyError, ApplyFailure, GpuPlanOptions, GpuTarget, Progress};
use nvml_mig::instance::GpuInstanceId;
use nvml_mig::snapshot::{GpuSelector, Snapshot};
use nvml_mig::{GpuPlan, Layout, MachineLock};
use nvml_mig_sim::{GpuSpec, MissingSlot, Simulator, nvmlReturn_t};

const BOTH: [MissingSlot; 2] = [MissingSlot::Seven, MissingSlot::Three];

fn machine(driver: &str, slot: MissingSlot) -> Machine {
    let board = GpuSpec::new("a100-sxm4-40gb").missing_slot(slot);
    let simulator = Simulator::builder().driver_version(driver).gpu(board);
    Machine::open(simulator.start().unwrap())
}

fn reach(machine: &Machine, target: &GpuTarget, about: &str) {
    let folder = tempfile::tempdir().unwrap();
    let applied = apply(&folder, &[plan(&machine.device, target)]);
    applied.unwrap_or_else(|error| panic!("{about}: {error}"));
}

/// How many GPU instances were created since the calls are logged.
fn creations(machine: &Machine) -> usize {
    let calls = machine.simulator.calls().unwrap();
    let create = "nvmlDeviceCreateGpuInstance";
    calls.iter().filter(|call| call.function == create).count()
}

/// All orders of the entries of a layout.
fn orders(text: &str) -> BTreeSet<String> {
    let entries: Vec<&str> = text.split(", ").collect();
    let [first, rest @ ..] = entries.as_slice() else {
        return BTreeSet::new();
    };
    if rest.is_empty() {
        return BTreeSet::from([(*first).to_owned()]);
    }
    let others = orders(&rest.join(", ")).into_iter();
    let all = others.flat_map(|other| {
        (0..=rest.len()).map(move |at| {
            let mut entries: Vec<&str> = other.split(", ").collect();
            entries.insert(at, first);
            entries.join(", ")
        })
    });
    all.collect()
}

/// Each order of the words leads there: from an empty GPU without temporary instances, and otherwise never without an instance,
/// which may need some.
#[test]
fn layouts_without_starts_are_reached_in_any_order_and_with_a_handover() {
    let texts = [
        "2g.10gb, 2g.10gb, 3g.20gb",
        "3g.20gb, 2g.10gb, 1g.5gb, 1g.5gb",
        "1g.5gb, 4g.20gb, 1g.5gb",
    ];
    for slot in BOTH {
        let machine = machine("450.248.02", slot);
        let froms = ["1g.5gb", "3g.20gb", "2g.10gb, 1g.5gb"].into_iter();
        let mut froms = froms.cycle();
        for text in texts.into_iter().flat_map(orders) {
            for from in ["none", froms.next().unwrap()] {
                machine.simulator.reset_gpu(0).unwrap();
                set_up(&machine.device, from);
                reach_without_more(&machine, &text, from == "none");
            }
        }
    }
}

/// Reaches a layout, and if `is_empty` without instances that are not in the plan.
fn reach_without_more(machine: &Machine, text: &str, is_empty: bool) {
    let lines = plan(&machine.device, &layout(text)).to_string();
    let count = |line: &str| lines.matches(line).count();
    let planned = count("create GPU instance") + count("create temporary GPU instance");
    machine.simulator.log_calls(true).unwrap();
    reach(machine, &layout(text), &lines);
    let created = creations(machine);
    machine.simulator.log_calls(false).unwrap();
    assert!(created >= planned, "{created}:\n{lines}");
    assert!(created == planned || !is_empty, "{created}:\n{lines}");
    assert!(plan(&machine.device, &layout(text)).changes_nothing());
}

/// Whichever of the instances that are alike the driver puts there.
#[test]
fn starts_of_the_layout_are_taken_beside_instances_without_one() {
    let texts = [
        "1g.5gb:3, 1g.5gb, 1g.5gb",
        "1g.5gb, 1g.5gb:4, 1g.5gb:2, 1g.5gb",
        "2g.10gb, 2g.10gb:2, 1g.5gb",
        "1g.5gb:0, 2g.10gb, 1g.5gb, 1g.5gb:6",
        "1g.5gb, 1g.5gb:1(), 1g.5gb()",
    ];
    for slot in BOTH {
        for driver in ["450.51.05", "450.248.02"] {
            let machine = machine(driver, slot);
            for text in texts {
                machine.simulator.reset_gpu(0).unwrap();
                reach(&machine, &layout(text), text);
                let again = plan(&machine.device, &layout(text));
                assert!(again.changes_nothing(), "{driver} {slot:?} {text}: {again}");
            }
        }
    }
}

/// The temporary GPU instance that led the driver to a place is destroyed late, or with the next run.
#[test]
fn a_refusal_to_destroy_what_led_the_driver_costs_no_layout() {
    for stays in [false, true] {
        let machine = machine("450.248.02", MissingSlot::Seven);
        let folder = tempfile::tempdir().unwrap();
        let wanted = plan(&machine.device, &layout("1g.5gb:2"));
        let (destroy, in_use) = ("nvmlGpuInstanceDestroy", nvmlReturn_t::NVML_ERROR_IN_USE);
        let nth = u32::from(!stays);
        machine.simulator.fail(destroy, nth, in_use).unwrap();
        let applied = apply(&folder, &[wanted]);
        let reached = there(&machine.device);
        assert!(
            reached.split(", ").any(|one| one == "1g.5gb:2"),
            "{reached}"
        );
        if stays {
            let error = applied.unwrap_err();
            let failure = &*error.failure;
            assert!(matches!(failure, ApplyFailure::LeftOver { .. }), "{error}");
            assert!(
                error.to_string().contains("temporary GPU instance"),
                "{error}"
            );
            machine.simulator.clear_faults().unwrap();
            let mut lock = MachineLock::take_in(folder.path()).unwrap();
            assert!(lock.recover(&machine.nvml, |_| {}).unwrap().is_none());
            assert!(!lock.is_interrupted());
        } else {
            applied.unwrap();
        }
        assert_eq!(there(&machine.device), "1g.5gb:2");
    }
}

#[test]
fn additions_are_reached_in_any_order() {
    for slot in BOTH {
        for text in [
            "1g.5gb, 3g.20gb",
            "3g.20gb, 1g.5gb",
            "1c.3g.20gb, 1c.3g.20gb, 1g.5gb",
        ] {
            let machine = machine("450.248.02", slot);
            set_up(&machine.device, "2g.10gb:0");
            let added: Layout = text.parse().unwrap();
            reach(
                &machine,
                &GpuTarget::Add(added),
                &format!("{slot:?}: {text}"),
            );
            assert!(there(&machine.device).contains("2g.10gb:0"));
            assert!(there(&machine.device).contains("3g.20gb:4"));
        }
    }
}

/// All partitions of a range of slices into GPU instances and gaps.
fn partitions(start: u32, end: u32) -> Vec<Vec<String>> {
    if start >= end {
        return vec![Vec::new()];
    }
    let fits = |size: u32, gap: u32| start.is_multiple_of(size) && start + size + gap <= end + 1;
    let mut first: Vec<(Option<&str>, u32)> = vec![(None, 1), (Some("1g.5gb"), 1)];
    if fits(2, 1) {
        first.push((Some("2g.10gb"), 2));
    }
    if fits(4, 0) {
        first.push((Some("3g.20gb"), 4));
    }
    if start == 0 {
        first.push((Some("4g.20gb"), 4));
    }
    let all = first.into_iter().flat_map(|(name, size)| {
        partitions(start + size, end).into_iter().map(move |rest| {
            let own = name.map(|name| format!("{name}:{start}"));
            own.into_iter().chain(rest).collect()
        })
    });
    all.collect()
}

#[test]
fn layouts_with_starts_are_reached_wherever_they_are() {
    let all = partitions(0, 7);
    assert!(all.len() > 250, "{}", all.len());
    for slot in BOTH {
        let machine = machine("450.248.02", slot);
        // All take a minute.
        let step = if slot == MissingSlot::Seven { 9 } else { 31 };
        for entries in all.iter().step_by(step) {
            machine.simulator.reset_gpu(0).unwrap();
            let text = if entries.is_empty() {
                "none".to_owned()
            } else {
                entries.join(", ")
            };
            reach(&machine, &layout(&text), &format!("{slot:?}: {text}"));
            let again = plan(&machine.device, &layout(&text));
            assert!(again.changes_nothing(), "{slot:?}, {text}: {again}");
        }
    }
}

#[test]
fn a_snapshot_is_restored_after_a_reboot() {
    for slot in BOTH {
        for text in [
            "1g.5gb+me, 1g.5gb",
            "1g.5gb, 1g.5gb+me",
            "3*1g.5gb, 1g.5gb+me, 2g.10gb",
        ] {
            let machine = machine("450.51.05", slot);
            set_up(&machine.device, text);
            let before = there(&machine.device);
            let snapshot = Snapshot::read(std::slice::from_ref(&machine.device)).unwrap();
            machine.simulator.reset_gpu(0).unwrap();
            let options = GpuPlanOptions::default().with_change_mig_mode(true);
            let plans = snapshot.plans(&machine.nvml, GpuSelector::Uuid, options);
            let folder = tempfile::tempdir().unwrap();
            let applied = apply(&folder, &plans.unwrap());
            applied.unwrap_or_else(|error| panic!("{slot:?}, {text}: {error}"));
            assert_eq!(there(&machine.device), before);
        }
    }
}

fn apply_until(plan: &GpuPlan, stop: usize) -> ApplyError {
    let folder = tempfile::tempdir().unwrap();
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    let stopped = lock.apply(std::slice::from_ref(plan), |step| match step {
        Progress::Step { number, .. } if *number == stop => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    stopped.unwrap_err()
}

/// What is destroyed comes back behind places that the driver prefers.
#[test]
fn a_rollback_from_each_step_brings_everything_back() {
    for slot in BOTH {
        for (from, to) in [
            ("1g.5gb:5", "7g.40gb"),
            ("1g.5gb:1, 1g.5gb:3, 2g.10gb:4", "3g.20gb:0, 3g.20gb:4"),
            ("1g.5gb+me:2, 1g.5gb:6", "4g.20gb, 2g.10gb"),
            (
                "2g.10gb:2(1c:1), 3g.20gb:4(1c:0,1c:2)",
                "1g.5gb:3, 1g.5gb:5",
            ),
        ] {
            let machine = machine("450.248.02", slot);
            set_up(&machine.device, from);
            let before = there(&machine.device);
            let steps = plan(&machine.device, &layout(to)).lines().len();
            for stop in 2..=steps {
                let wanted = plan(&machine.device, &layout(to));
                let error = apply_until(&wanted, stop);
                let rollback = error.rollback.as_ref().unwrap();
                assert!(rollback.is_complete(), "{slot:?}, {from} to {to}: {error}");
                assert_eq!(there(&machine.device), before, "{to}: {error}");
            }
        }
    }
}

#[test]
fn a_refused_creation_costs_no_idle_instance() {
    let machine = machine("450.248.02", MissingSlot::Seven);
    set_up(&machine.device, "3*1g.5gb");
    let gone = [13, 11].map(GpuInstanceId::new);
    reach(&machine, &GpuTarget::remove(gone), "destroy 13 11");
    assert_eq!(there(&machine.device), "1g.5gb:5");
    let code = nvmlReturn_t::NVML_ERROR_INSUFFICIENT_RESOURCES;
    let create = "nvmlDeviceCreateGpuInstance";
    machine.simulator.fail(create, 1, code).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let plans = [plan(&machine.device, &layout("7g.40gb"))];
    let error = apply(&folder, &plans).unwrap_err();
    assert!(error.rollback.as_ref().unwrap().is_complete(), "{error}");
    assert_eq!(there(&machine.device), "1g.5gb:5");
    reach(&machine, &layout("7g.40gb"), "again");
}

/// Of several that are left, the error names one, and why that one is.
#[test]
fn the_error_of_temporary_ones_that_stay_is_about_one_of_them() {
    for code in [
        nvmlReturn_t::NVML_ERROR_IN_USE,
        nvmlReturn_t::NVML_ERROR_TIMEOUT,
    ] {
        let machine = machine("450.248.02", MissingSlot::Seven);
        let folder = tempfile::tempdir().unwrap();
        let wanted = plan(&machine.device, &layout("1g.5gb:2"));
        machine
            .simulator
            .fail("nvmlGpuInstanceDestroy", 0, code)
            .unwrap();
        let error = apply(&folder, &[wanted]).unwrap_err();
        let ApplyFailure::LeftOver {
            gpu_instance,
            error: Some(refusal),
            ..
        } = &*error.failure
        else {
            panic!("{error}");
        };
        let rollback = error.rollback.as_ref().unwrap();
        assert!(rollback.gpus[0].left_alone.len() > 1, "{error}");
        let named = format!("GPU instance {gpu_instance}");
        assert!(refusal.to_string().contains(&named), "{error}: {refusal}");
    }
}

/// A library may have the function for placements, and the driver may say that there is none. What the layout says holds all the
/// same, and so does what was there before.
#[test]
fn a_driver_that_takes_no_placement_although_its_library_does() {
    const PLACED: &str = "nvmlDeviceCreateGpuInstanceWithPlacement";
    for (function, nth) in [
        (PLACED, 0),
        (PLACED, 1),
        (PLACED, 2),
        ("nvmlGpuInstanceGetInfo", 7),
    ] {
        let machine = machine("470.256.02", MissingSlot::Seven);
        let folder = tempfile::tempdir().unwrap();
        set_up(&machine.device, "3g.20gb:4, 1g.5gb:0");
        let before = there(&machine.device);
        let target = layout("1g.5gb:0, 1g.5gb:2, 1g.5gb:4, 1g.5gb:6");
        let plan = plan(&machine.device, &target);
        let code = nvmlReturn_t::NVML_ERROR_FUNCTION_NOT_FOUND;
        machine.simulator.fail(function, nth, code).unwrap();
        let applied = apply(&folder, &[plan]);
        let after = there(&machine.device);
        match applied {
            Ok(_) => {
                let starts: BTreeSet<u32> = machine
                    .device
                    .gpu_instances()
                    .unwrap()
                    .iter()
                    .map(|instance| instance.placement().start)
                    .collect();
                assert_eq!(starts, [0, 2, 4, 6].into(), "{function} {nth}");
            }
            Err(error) => assert_eq!(after, before, "{function} {nth}: {error}"),
        }
    }
}
