//! Draws a GPU before and after a plan, and lists the steps.

use std::fmt::Write;

use nvml_mig::GpuPlan;
use nvml_mig::plan::{GpuModel, PlacedGpuInstance};

use super::boxes::{Drawn, line, numbers};
use super::wrapped::wrapped;

/// Formats a plan for people.
pub(crate) fn drawing(plan: &GpuPlan) -> Result<String, nvml_mig::Error> {
    let device = plan.device();
    let (index, name) = (device.index()?, device.name()?);
    let mut text = wrapped(&format!("GPU {index}: {name} ({})\n", plan.uuid()));
    let slices = plan.model().map_or(0, GpuModel::memory_slices);
    if slices > 0 {
        // Writing to a String can't fail.
        let _ = writeln!(text, "        {}", numbers(slices));
        let _ = writeln!(text, " before {}", line(slices, boxes(&plan.before())));
        let _ = writeln!(text, " after  {}", line(slices, boxes(&plan.after())));
    }
    let steps = plan.to_string();
    steps
        .lines()
        .for_each(|step| text += &wrapped(&format!("  {step}\n")));
    Ok(text)
}

fn boxes(instances: &[PlacedGpuInstance]) -> Vec<Drawn> {
    let drawn = |instance: &PlacedGpuInstance| Drawn {
        start: instance.placement.start,
        size: instance.placement.size,
        label: instance.name.to_string(),
    };
    instances.iter().map(drawn).collect()
}
