//! Drivers that have no functions with a placement choose it themselves: GPU instances with R450, compute instances up to R520.

use std::ops::ControlFlow;

use crate::support::machine::Machine;
use crate::support::plans::{apply, layout, plan, there};
use nvml_mig::apply::{Applied, ApplyError, Progress};
use nvml_mig::{GpuPlan, MachineLock};
use nvml_mig_sim::{GpuSpec, Simulator};
use tempfile::TempDir;

/// Layouts whose places the driver's own choice gives, in some order.
const LAYOUTS: &[(&str, &[&str])] = &[
    (
        "450.248.02",
        &[
            "7*1g.5gb",
            "3*2g.10gb",
            "2*3g.20gb",
            "4g.20gb, 2g.10gb, 1g.5gb",
            "3g.20gb(1c, 2c)",
            // Where they are is the driver's choice.
            "2*2g.10gb",
            "2g.10gb, 2*1g.5gb",
            "2g.10gb, 5*1g.5gb",
            "2*2g.10gb, 1g.5gb",
            "2*2g.10gb, 3*1g.5gb",
            "2*2g.10gb, 3g.20gb",
            "1g.5gb, 2g.10gb, 3g.20gb",
            "1c.3g.20gb, 2c.3g.20gb, 3g.20gb",
            "1c.2g.10gb, 2g.10gb",
        ],
    ),
    (
        "470.256.02",
        &[
            "3g.20gb(1c, 2c)",
            "4g.20gb(1c, 2c, 1c)",
            "7g.40gb(1c, 2c, 4c)",
            "2*3g.20gb(1c, 2c)",
        ],
    ),
    ("510.39.01", &["4g.20gb(1c, 1c, 2c)", "3g.20gb(2c, 1c)"]),
];

fn machine(driver: &str) -> Machine {
    let board = GpuSpec::new("a100-sxm4-40gb");
    let simulator = Simulator::builder().driver_version(driver).gpu(board);
    Machine::open(simulator.start().unwrap())
}

/// Stops before the step of this number.
fn apply_until(folder: &TempDir, plan: &GpuPlan, stop: usize) -> Result<Applied, ApplyError> {
    let mut lock = MachineLock::take_in(folder.path()).unwrap();
    lock.apply(std::slice::from_ref(plan), |step| match step {
        Progress::Step { number, .. } if *number == stop => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    })
}

/// Compute instances behind free slices: temporary ones fill these. What is kept is where it was.
#[test]
fn compute_instances_behind_free_slices_are_reached_and_come_back() {
    for driver in ["450.248.02", "470.256.02", "510.39.01"] {
        for (from, to) in [
            ("none", "7g.40gb(2c:2)"),
            ("none", "7g.40gb(1c:0,2c:2)"),
            ("none", "4g.20gb(2c:2,1c:1)"),
            ("4g.20gb(1c:1)", "4g.20gb(1c:0,1c:2)"),
            ("4g.20gb(1c:1,1c:3)", "4g.20gb(1c:1,1c:2)"),
            ("7g.40gb(4c:3)", "7g.40gb(1c:0,1c:2,4c:3)"),
        ] {
            let machine = machine(driver);
            let folder = tempfile::tempdir().unwrap();
            for text in [from, to, from, to] {
                let wanted = plan(&machine.device, &layout(text));
                // From each step, there is a way back.
                let before = there(&machine.device);
                for stop in 2..=wanted.lines().len() {
                    let again = plan(&machine.device, &layout(text));
                    let error = apply_until(&folder, &again, stop).unwrap_err();
                    let rollback = error.rollback.as_ref().unwrap();
                    assert!(rollback.is_complete(), "{driver}, {text}: {error}");
                    assert_eq!(there(&machine.device), before, "{driver}: {error}");
                }
                let wanted = plan(&machine.device, &layout(text));
                let applied = apply(&folder, &[wanted]);
                applied.unwrap_or_else(|error| panic!("{driver}, {text}: {error}"));
                let again = plan(&machine.device, &layout(text));
                assert!(again.changes_nothing(), "{driver}, {text}: {again}");
            }
        }
    }
}

#[test]
fn layouts_that_its_choice_gives_are_reached() {
    for (driver, layouts) in LAYOUTS {
        for text in *layouts {
            let machine = machine(driver);
            let device = &machine.device;
            let folder = tempfile::tempdir().unwrap();
            let wanted = plan(device, &layout(text));
            let applied = apply(&folder, &[wanted]);
            applied.unwrap_or_else(|error| panic!("{driver}, {text}: {error}"));
            assert!(
                plan(device, &layout(text)).changes_nothing(),
                "{driver}, {text}: {}",
                there(device)
            );
        }
    }
}
