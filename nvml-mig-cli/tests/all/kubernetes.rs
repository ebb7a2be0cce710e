//! The manifests in the folder `kubernetes`: their layouts are applied, and the program knows their options.

use nvml_mig_sim::{GpuSpec, Simulator};

use crate::shell::Shell;

const LAYOUTS: &str = include_str!("../../kubernetes/base/layouts.yaml");

#[test]
fn the_layouts_of_the_manifest_are_applied() {
    let gpu = GpuSpec::new("a100-sxm4-40gb").mig(false);
    let shell = Shell::of(Simulator::builder().gpu(gpu));
    let file = shell.file("layouts.yaml", LAYOUTS);
    let file = file.display();
    for (config, layout) in [
        ("all-balanced", "3g.20gb,2g.10gb,2*1g.5gb"),
        ("all-1g.5gb", "7*1g.5gb"),
        ("all-enabled", "none"),
        ("all-disabled", "off"),
    ] {
        let apply = format!("apply --yes --change-mig-mode --file {file} --config {config}");
        shell.prints(&apply);
        shell.prints(&format!("assert {layout}"));
    }
}
