//! GPUs that have had the layout, each by itself: it has it still, has lost it, as by a reload of the driver, or others have changed
//! it.

use std::error::Error;

use nvml_mig::apply::{GpuPlanError, GpuPlanOptions, GpuTarget};
use nvml_mig::plan::PresentGpuInstance;
use nvml_mig::{Device, GpuPlan, MigMode};

use super::outcome::Outcome;

use crate::console::chain;
use crate::machine::{Machine, MachineOptions, readable};
use crate::target::{Wanted, unless_unreadable};

/// What became of the layout.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// Plans for the GPUs that lost it: they should have instances and have none at all, or MIG mode is off.
    pub(super) lost: Vec<GpuPlan>,
    /// Plans of the GPUs that have it, which change nothing.
    pub(super) there: Vec<GpuPlan>,
    /// What it would take on the GPUs that others have changed.
    changed: Vec<String>,
    /// Why some GPUs can't be read.
    refused: Option<nvml_mig::Error>,
}

/// One GPU.
enum Found {
    There(GpuPlan),
    Lost(GpuPlan),
    Changed(String),
    /// It lost the layout, which can't be made now.
    Stuck(GpuPlanError),
}

impl Kept {
    /// Looks at each GPU.
    ///
    /// # Errors
    ///
    /// Why a GPU that lost the layout can't get it, and those of the file and of NVML.
    pub(super) fn read(
        machine: &Machine,
        options: &MachineOptions,
        wanted: &Wanted,
        plan_options: &GpuPlanOptions,
    ) -> Result<Self, Box<dyn Error>> {
        let targets = wanted.targets(machine, options)?.into_iter();
        let found = targets.map(|(name, target)| {
            let found = target.and_then(|(gpu, target)| {
                let plan = wanted.plan(&gpu, target.clone(), plan_options);
                of_gpu(&gpu, &target, plan)
            });
            (name, found)
        });
        let found = readable(found)?;
        let mut kept = Self {
            refused: found.refused,
            ..Self::default()
        };
        for found in found.items {
            match found {
                Found::There(plan) => kept.there.push(plan),
                Found::Lost(plan) => kept.lost.push(plan),
                Found::Changed(what) => kept.changed.push(what),
                Found::Stuck(error) => return Err(error.into()),
            }
        }
        Ok(kept)
    }

    /// Whether all GPUs have the layout.
    pub(super) fn is_complete(&self) -> bool {
        self.lost.is_empty() && self.changed.is_empty()
    }

    /// Returns the outcome, apart from what is lost; `None` if all GPUs have the layout.
    pub(super) fn trouble(&self, machine: &Machine) -> Option<Outcome> {
        if !self.changed.is_empty() {
            let what = machine.gpu_names().in_text(&self.changed.join("; "));
            return Some(Outcome::changed(&what));
        }
        let reason = format!(
            "GPUs can't be read, the others have the layout: {}",
            chain(self.refused.as_ref()?)
        );
        Some(Outcome::failed(reason, true))
    }
}

fn of_gpu(
    gpu: &Device,
    target: &GpuTarget,
    plan: Result<GpuPlan, GpuPlanError>,
) -> Result<Found, nvml_mig::Error> {
    let plan = match plan {
        Ok(plan) => plan,
        Err(error) => {
            let error = unless_unreadable(error)?;
            return Ok(match lacks_all(gpu, target)? {
                true => Found::Stuck(error),
                false => Found::Changed(chain(&error)),
            });
        }
    };
    Ok(match plan.changes_nothing() {
        true => Found::There(plan),
        false if is_lost(&plan) => Found::Lost(plan),
        false => Found::Changed(format!("GPU {}: {}", plan.uuid(), plan.lines().join("; "))),
    })
}

fn is_lost(plan: &GpuPlan) -> bool {
    let is_off = plan.mig_mode() == Some(MigMode::Enabled);
    is_off || (plan.before().is_empty() && !plan.after().is_empty())
}

/// The same of a GPU for which no plan can be made, as while it is in use.
fn lacks_all(gpu: &Device, target: &GpuTarget) -> Result<bool, nvml_mig::Error> {
    let (GpuTarget::Layout(layout) | GpuTarget::MigDevices(layout)) = target else {
        return Ok(false);
    };
    if gpu.mig_mode()?.current() != MigMode::Enabled {
        return Ok(true);
    }
    Ok(!layout.is_empty() && PresentGpuInstance::read_all(gpu)?.is_empty())
}
