//! The layouts of the MIG user guide: reached from each other, and taken by the driver.

use crate::support::brute_force::check;
use crate::support::machine::Machine;
use nvml_mig::Layout;
use nvml_mig::plan::{GpuModel, PlanOptions, PresentGpuInstance};

use super::{model, there};

/// The same wherever it fits.
fn anywhere(layout: &str) -> String {
    let entries = layout
        .split(", ")
        .map(|entry| entry.split(':').next().unwrap());
    entries.collect::<Vec<_>>().join(", ")
}

#[test]
fn the_user_guides_layouts_are_reached_from_each_other() {
    for board in ["a100-sxm4-40gb", "h100-sxm5-80gb", "a30"] {
        let layouts = crate::support::user_guide::layouts(board);
        assert_eq!(layouts.len(), if board == "a30" { 5 } else { 19 });
        let model = model(board);
        for from in &layouts {
            let present = there(&model, from);
            assert_eq!(model.layout_of(&present), from.parse().unwrap());
            for to in &layouts {
                for to in [to.clone(), anywhere(to)] {
                    let to: Layout = to.parse().unwrap();
                    assert!(
                        check(&model, &present, &to, PlanOptions::default()),
                        "{from} to {to}"
                    );
                }
            }
            let same = from.parse().unwrap();
            assert!(
                model
                    .plan(&present, &same, PlanOptions::default())
                    .unwrap()
                    .changes_nothing()
            );
        }
    }
}

/// The judge of places is the driver, which knows nothing of the planner.
#[test]
fn the_driver_takes_what_is_planned() {
    let machine = Machine::with("a100-sxm4-40gb");
    let model = GpuModel::read(&machine.device).unwrap();
    for layout in &crate::support::user_guide::layouts("a100-sxm4-40gb") {
        let layout = anywhere(layout).parse().unwrap();
        let plan = model.plan(&[], &layout, PlanOptions::default()).unwrap();
        for planned in &plan.gpu_instances {
            let device = &machine.device;
            let whole = device
                .create_gpu_instance_at(planned.profile, planned.placement)
                .unwrap();
            for part in &planned.compute_instances {
                let _ = whole
                    .create_compute_instance_at(part.profile, part.placement)
                    .unwrap();
            }
        }
        let there = PresentGpuInstance::read_all(&machine.device).unwrap();
        assert!(
            model
                .plan(&there, &layout, PlanOptions::default())
                .unwrap()
                .changes_nothing()
        );
        for whole in machine.device.gpu_instances().unwrap() {
            whole.destroy_with_compute_instances().unwrap();
        }
    }
}
