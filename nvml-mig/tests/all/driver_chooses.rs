//! Drivers that have no functions with a placement choose it themselves: GPU instances with R450, compute instances up to R520.

use crate::support::machine::Machine;
use crate::support::plans::{apply, layout, plan, there};
use nvml_mig_sim::{GpuSpec, Simulator};

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

#[test]
fn layouts_that_its_choice_gives_are_reached() {
    for (driver, layouts) in LAYOUTS {
        for text in *layouts {
            let board = GpuSpec::new("a100-sxm4-40gb");
            let simulator = Simulator::builder().driver_version(*driver).gpu(board);
            let machine = Machine::open(simulator.start().unwrap());
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
