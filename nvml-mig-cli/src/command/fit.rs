//! `nvml-mig fit`: reports what still fits.

use std::error::Error;
use std::fmt::Write;

use nvml_mig::apply::{GpuPlanErrorReason, GpuPlanOptions, GpuTarget};
use nvml_mig::plan::{Fit, GpuModel, PlanOptions, PresentGpuInstance, ProfileFit};
use nvml_mig::{Device, GpuPlan, Layout};
use serde::Serialize;

use super::mig_mode::tell_pending_mode;
use crate::console::{Console, chain};
use crate::drawing::wrapped;
use crate::exit::{Exit, of_plan};
use crate::machine::{Machine, MachineOptions, read_each};
use crate::target::{each_to_partition, each_with_mig, unless_unreadable};

/// What fits on a GPU.
#[derive(Debug, Serialize)]
struct Room {
    index: u32,
    layout: Layout,
    fit: Fit,
}

/// Whether a layout fits on a GPU.
#[derive(Debug, Serialize)]
struct Answer {
    index: u32,
    /// `None` if it is unknown while MIG mode is off.
    fits: Option<bool>,
    /// The answer in words, with the reason.
    text: String,
    #[serde(skip)]
    exit: Exit,
}

/// Reports what fits beside the existing instances, or whether a layout does beside those that can't be destroyed. Then the exit
/// code is that of the first GPU on which it does not.
pub(crate) fn fit(
    console: &Console,
    machine: &Machine,
    options: &MachineOptions,
    layout: Option<&str>,
) -> Result<Exit, Box<dyn Error>> {
    let layout = layout.map(str::parse::<Layout>).transpose()?;
    let (exit, refused) = match layout {
        None => {
            let rooms = read_each(each_to_partition(machine, options)?, Room::read)?;
            console.show(&rooms.items, || Ok(rooms.items.iter().map(text).collect()))?;
            (Exit::Done, rooms.refused)
        }
        Some(layout) => {
            let target = GpuTarget::Layout(layout);
            let gpus = each_with_mig(machine, options)?;
            let answers = read_each(gpus, |device| Answer::read(device, &target))?;
            let line =
                |answer: &Answer| wrapped(&format!("GPU {}: {}\n", answer.index, answer.text));
            console.show(&answers.items, || {
                Ok(answers.items.iter().map(line).collect())
            })?;
            let exits = answers.items.iter().map(|answer| answer.exit);
            (exits.fold(Exit::Done, Exit::or), answers.refused)
        }
    };
    Ok(exit.or(console.left_out(refused.as_ref())))
}

impl Room {
    fn read(device: &Device) -> Result<Self, nvml_mig::Error> {
        tell_pending_mode(device)?;
        let model = GpuModel::read(device)?;
        let present = PresentGpuInstance::read_all(device)?;
        Ok(Self {
            index: device.index()?,
            layout: model.layout_of(&present),
            fit: model.fit(&present, PlanOptions::default()),
        })
    }
}

impl Answer {
    fn read(device: &Device, target: &GpuTarget) -> Result<Self, nvml_mig::Error> {
        tell_pending_mode(device)?;
        let options = GpuPlanOptions::default().with_change_mig_mode(true);
        let (fits, text, exit) = match GpuPlan::from_device(device, target, options) {
            Ok(plan) if plan.plan().is_none() => {
                let text = "whether it fits is unknown while MIG mode is off".to_owned();
                (None, text, Exit::RolledBack)
            }
            Ok(_) => (Some(true), "it fits".to_owned(), Exit::Done),
            Err(error) => {
                let error = unless_unreadable(error)?;
                (Some(false), why_not(&error.reason), of_plan(&error))
            }
        };
        Ok(Self {
            index: device.index()?,
            fits,
            text,
            exit,
        })
    }
}

/// Returns the reason without saying that there is no plan, since none was requested.
fn why_not(reason: &GpuPlanErrorReason) -> String {
    match reason {
        GpuPlanErrorReason::Plan(error) => chain(error),
        other => chain(other),
    }
}

fn text(room: &Room) -> String {
    let Room { index, layout, fit } = room;
    let mut text = wrapped(&format!("GPU {index}: {layout}")) + "\n";
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
            .for_each(|step| text += &wrapped(&format!("    {step}\n")));
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
    wrapped(&format!("{}\n", line.trim_end()))
}
