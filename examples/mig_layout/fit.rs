//! Reports what still fits.

use std::fmt::Write;

use nvml_mig::apply::{GpuPlanErrorReason, GpuPlanOptions, GpuTarget};
use nvml_mig::plan::{Fit, GpuModel, PlanOptions, PresentGpuInstance, ProfileFit};
use nvml_mig::{Device, Error, GpuPlan, Layout};

use crate::common::readable::{Each, Readable, read_each};
use crate::common::{chain, print};
use crate::exit::{Exit, of_plan};
use crate::target::unless_unreadable;

type Failed = Box<dyn std::error::Error>;

/// Reports for each GPU whether a layout fits beside instances that can't be destroyed. Returns the exit code of the
/// first GPU on which it does not.
pub(crate) fn layout(gpus: Each<Device>, text: &str) -> Result<(Exit, Option<Error>), Failed> {
    let target = GpuTarget::Layout(text.parse::<Layout>()?);
    let Readable { items, refused } = read_each(gpus, |device| fits(device, &target))?;
    let mut worst = Exit::Done;
    for (line, exit) in items {
        print(&line)?;
        worst = worst.or(exit);
    }
    Ok((worst, refused))
}

/// Returns whether a layout fits on a GPU, in words and as an exit code.
fn fits(device: &Device, target: &GpuTarget) -> Result<(String, Exit), Error> {
    let index = device.index()?;
    let options = GpuPlanOptions::default().with_change_mig_mode(true);
    let (what, exit) = match GpuPlan::from_device(device, target, options) {
        Ok(plan) if plan.plan().is_none() => (
            "whether it fits is unknown while MIG mode is off".to_owned(),
            Exit::Done,
        ),
        Ok(_) => ("it fits".to_owned(), Exit::Done),
        Err(error) => {
            let error = unless_unreadable(error)?;
            (why_not(&error.reason), of_plan(&error))
        }
    };
    Ok((format!("GPU {index}: {what}\n"), exit))
}

/// Returns the reason without saying that there is no plan, since none was requested.
fn why_not(reason: &GpuPlanErrorReason) -> String {
    match reason {
        GpuPlanErrorReason::Plan(error) => chain(error),
        other => chain(other),
    }
}

/// Reports what still fits beside the existing instances.
pub(crate) fn room(gpus: Each<Device>) -> Result<Option<Error>, Failed> {
    let Readable { items, refused } = read_each(gpus, |device| {
        let model = GpuModel::read(device)?;
        let present = PresentGpuInstance::read_all(device)?;
        let fit = model.fit(&present, PlanOptions::default());
        Ok(text(device.index()?, &model.layout_of(&present), &fit))
    })?;
    print(&items.concat())?;
    Ok(refused)
}

fn text(index: u32, there: &Layout, fit: &Fit) -> String {
    let mut text = format!("GPU {index}: {there}\n");
    for profile in &fit.profiles {
        text += &profile_line(profile);
    }
    let percent = 100.0 * fit.fragmentation();
    // Writing to a String can't fail.
    let _ = writeln!(text, "  {percent:.0} % fragmented");
    if let Some(plan) = &fit.defragmentation {
        let _ = writeln!(text, "  more would fit after:");
        let steps = plan.to_string();
        steps
            .lines()
            .for_each(|step| text += &format!("    {step}\n"));
    }
    text
}

fn profile_line(profile: &ProfileFit) -> String {
    let places: Vec<String> = profile.placements.iter().map(ToString::to_string).collect();
    let line = format!(
        "  {:<12} {} more  {}",
        profile.name,
        profile.count,
        places.join(" ")
    );
    format!("{}\n", line.trim_end())
}
