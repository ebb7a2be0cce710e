//! Reports what still fits.

use std::error::Error;
use std::fmt::Write;

use nvml_mig::apply::{GpuPlanErrorReason, GpuPlanOptions, GpuTarget};
use nvml_mig::plan::{Fit, GpuModel, PlanOptions, PresentGpuInstance, ProfileFit};
use nvml_mig::{Device, GpuPlan, Layout};

use crate::common::{chain, print};
use crate::exit::{Exit, of_plan};

/// Reports for each GPU whether a layout fits beside instances that can't be destroyed. Returns the exit code of the
/// first GPU on which it does not.
pub(crate) fn layout(devices: &[Device], text: &str) -> Result<Exit, Box<dyn Error>> {
    let target = GpuTarget::Layout(text.parse::<Layout>()?);
    let mut worst = Exit::Done;
    for device in devices {
        let index = device.index()?;
        let options = GpuPlanOptions::default().with_change_mig_mode(true);
        match GpuPlan::from_device(device, &target, options) {
            Ok(plan) if plan.plan().is_none() => {
                print(&format!(
                    "GPU {index}: whether it fits is unknown while MIG mode is off\n"
                ))?;
            }
            Ok(_) => print(&format!("GPU {index}: it fits\n"))?,
            Err(error) => {
                print(&format!("GPU {index}: {}\n", why_not(&error.reason)))?;
                worst = if worst == Exit::Done {
                    of_plan(&error)
                } else {
                    worst
                };
            }
        }
    }
    Ok(worst)
}

/// Returns the reason without saying that there is no plan, since none was requested.
fn why_not(reason: &GpuPlanErrorReason) -> String {
    match reason {
        GpuPlanErrorReason::Plan(error) => chain(error),
        other => chain(other),
    }
}

/// Reports what still fits beside the existing instances.
pub(crate) fn room(devices: &[Device]) -> Result<Exit, Box<dyn Error>> {
    for device in devices {
        let model = GpuModel::read(device)?;
        let present = PresentGpuInstance::read_all(device)?;
        let fit = model.fit(&present, PlanOptions::default());
        print(&text(device.index()?, &model.layout_of(&present), &fit))?;
    }
    Ok(Exit::Done)
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
