//! Every layout of NVIDIA's MIG user guide is reached on the simulator from an empty GPU and from every other layout, and
//! destroys no more than it must.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;

use nvml_mig::apply::GpuPlanOptions;
use nvml_mig::{Device, GpuPlan, Layout, MachineLock, Nvml};
use nvml_mig_sim::{GpuSpec, Simulator};

/// Applies a layout, and says how many GPU instances NVML was told to destroy.
fn apply(simulator: &Simulator, device: &Device, folder: &Path, layout: &str) -> usize {
    let layout: Layout = layout.parse().unwrap();
    let plan = GpuPlan::from_device(device, layout, GpuPlanOptions::default()).unwrap();
    simulator.log_calls(true).unwrap();
    let mut lock = MachineLock::take_in(folder).unwrap();
    lock.apply(&[plan], |_| ControlFlow::Continue(())).unwrap();
    let calls = simulator.calls().unwrap();
    calls
        .iter()
        .filter(|call| call.function == "nvmlGpuInstanceDestroy")
        .count()
}

/// The instances of a layout as the guide has them, such as `2g.10gb:4`; an empty text is the empty GPU.
fn instances(layout: &str) -> BTreeSet<&str> {
    layout
        .split(", ")
        .filter(|entry| !entry.is_empty())
        .collect()
}

/// What stands on the GPU, each as `2g.10gb:4`, every one with its one MIG device.
fn standing(device: &Device) -> BTreeSet<String> {
    let entry = |instance: &nvml_mig::GpuInstance| {
        assert_eq!(instance.compute_instances().unwrap().len(), 1);
        format!(
            "{}:{}",
            instance.profile().unwrap().name,
            instance.placement().start
        )
    };
    device.gpu_instances().unwrap().iter().map(entry).collect()
}

#[test]
fn every_layout_is_reached_from_every_other_with_the_fewest_destroyed() {
    let folder = tempfile::tempdir().unwrap();
    for (board, count) in [("a30", 5), ("a100-sxm4-40gb", 19), ("h100-sxm5-80gb", 19)] {
        let simulator = Simulator::builder()
            .gpu(GpuSpec::new(board))
            .start()
            .unwrap();
        let nvml = Nvml::init_from(simulator.library_path()).unwrap();
        let device = nvml.device_by_index(0).unwrap();
        let layouts = nvml_mig_testing::user_guide::layouts(board);
        assert_eq!(layouts.len(), count);
        let starts = std::iter::once("").chain(layouts.iter().map(String::as_str));
        for from in starts {
            for to in &layouts {
                apply(
                    &simulator,
                    &device,
                    folder.path(),
                    if from.is_empty() { "none" } else { from },
                );
                let destroyed = apply(&simulator, &device, folder.path(), to);
                // Every instance has its place in these layouts, so exactly those of `from` go that `to` does not have.
                let must_go = instances(from).difference(&instances(to)).count();
                assert_eq!(destroyed, must_go, "{board}: {from} to {to}");
                let wanted: BTreeSet<String> =
                    instances(to).into_iter().map(str::to_owned).collect();
                assert_eq!(standing(&device), wanted, "{board}: {from} to {to}");
            }
        }
    }
}
