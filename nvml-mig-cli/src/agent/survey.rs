//! The GPUs for which a layout is wanted, each by itself. One that has not had the layout yet is to get it. One that has had it has
//! it still, has lost it, as by a reload of the driver, or others have changed it.

use std::collections::BTreeSet;
use std::error::Error;

use nvml_mig::apply::{GpuPlanError, GpuPlanOptions, GpuTarget};
use nvml_mig::plan::PresentGpuInstance;
use nvml_mig::{Device, GpuPlan, MigMode};

use super::had::Had;
use super::outcome::Outcome;

use crate::console::{Unreadable, chain};
use crate::exit::{Exit, code_of};
use crate::machine::{Machine, MachineOptions, readable};
use crate::target::{Wanted, unless_unreadable};

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// Plans for the GPUs that have not had the layout, and for those that lost it.
    pub(super) plans: Vec<GpuPlan>,
    /// Plans of the GPUs that have had it and have it still, which change nothing.
    kept: Vec<GpuPlan>,
    /// Whether a GPU has lost it: it should have instances and has none at all, or MIG mode is off.
    is_lost: bool,
    /// What it would take on the GPUs that others have changed.
    changed: Vec<String>,
    /// Why a GPU that is to get the layout can't get it.
    pub(super) error: Option<GpuPlanError>,
    /// Why some GPUs can't be read.
    refused: Option<nvml_mig::Error>,
}

/// One GPU.
enum Found {
    New(GpuPlan),
    Kept(GpuPlan),
    Lost(GpuPlan),
    Changed(String),
    /// It has not had the layout, which can't be made.
    Unfit(GpuPlanError),
    /// The same of one that lost it.
    Stuck(GpuPlanError),
}

impl Survey {
    /// Looks at each GPU.
    ///
    /// # Errors
    ///
    /// Those of the file and, if no GPU can be read, of NVML.
    pub(super) fn read(
        machine: &Machine,
        options: &MachineOptions,
        wanted: &Wanted,
        plan_options: &GpuPlanOptions,
        had: &Had,
    ) -> Result<Self, Box<dyn Error>> {
        let targets = wanted.targets(machine, options)?.into_iter();
        let found = targets.map(|(name, target)| {
            let found = match target {
                Ok((gpu, target)) => of_gpu(&gpu, &target, wanted, plan_options, had),
                Err(error) => {
                    unless_unreadable(GpuPlanError::new(None, error.into())).map(Found::Unfit)
                }
            };
            (name, found)
        });
        let found = readable(found)?;
        let mut survey = Self {
            refused: found.refused.map(Unreadable::into_first),
            ..Self::default()
        };
        found.items.into_iter().for_each(|found| survey.add(found));
        Ok(survey)
    }

    fn add(&mut self, found: Found) {
        self.is_lost |= matches!(found, Found::Lost(_) | Found::Stuck(_));
        match found {
            Found::New(plan) | Found::Lost(plan) => self.plans.push(plan),
            Found::Kept(plan) => self.kept.push(plan),
            Found::Changed(what) => self.changed.push(what),
            Found::Unfit(error) | Found::Stuck(error) => {
                self.error.get_or_insert(error);
            }
        }
    }

    /// Whether a GPU may only look so since another process is changing it.
    pub(super) fn is_doubtful(&self) -> bool {
        let are_all_read = self.error.is_none() && self.refused.is_none();
        let is_there = self.plans.iter().any(GpuPlan::changes_nothing);
        let is_news = is_there && (self.has_work() || !are_all_read);
        self.is_lost || !self.changed.is_empty() || is_news
    }

    /// Whether something that has to be changed is in use, for which clients may be paused.
    pub(super) fn is_in_use(&self) -> bool {
        let error = self.error.as_ref();
        error.is_some_and(|error| code_of(error) == Exit::InUse)
    }

    /// Whether a GPU can get the layout.
    pub(super) fn has_work(&self) -> bool {
        !self.plans.iter().all(GpuPlan::changes_nothing)
    }

    /// Plans of the GPUs that have the layout, which change nothing.
    pub(super) fn there(&self) -> Vec<GpuPlan> {
        let new = self.plans.iter().filter(|plan| plan.changes_nothing());
        new.chain(&self.kept).cloned().collect()
    }

    /// Returns what others have changed, if they have.
    pub(super) fn changed(&self, machine: &Machine) -> Option<Outcome> {
        if self.changed.is_empty() {
            return None;
        }
        let what = machine.gpu_names().in_text(&self.changed.join("; "));
        Some(Outcome::changed(&what))
    }

    /// The outcome if the GPUs that can be read have the layout.
    pub(super) fn done(&self, plan: Option<String>) -> Outcome {
        match &self.refused {
            None => Outcome::InPlace { plan },
            Some(error) => Outcome::failed(
                format!(
                    "GPUs can't be read, the others have the layout: {}",
                    chain(error)
                ),
                true,
            ),
        }
    }
}

/// The UUIDs of the GPUs of these plans.
pub(super) fn uuids(plans: &[GpuPlan]) -> BTreeSet<String> {
    plans.iter().map(|plan| plan.uuid().to_owned()).collect()
}

fn of_gpu(
    gpu: &Device,
    target: &GpuTarget,
    wanted: &Wanted,
    plan_options: &GpuPlanOptions,
    had: &Had,
) -> Result<Found, nvml_mig::Error> {
    let plan = wanted.plan(gpu, target.clone(), plan_options);
    let plan = match plan.map_err(unless_unreadable) {
        Ok(plan) => Ok(plan),
        Err(error) => Err(error?),
    };
    Ok(match plan {
        Ok(plan) if !had.has(plan.uuid()) => Found::New(plan),
        Ok(plan) => of_plan(plan),
        Err(error) if !had.has(&gpu.uuid()?) => Found::Unfit(error),
        Err(error) if lacks_all(gpu, target)? => Found::Stuck(error),
        Err(error) => Found::Changed(chain(&error)),
    })
}

/// What became of the layout that a GPU has had.
fn of_plan(plan: GpuPlan) -> Found {
    match plan.changes_nothing() {
        true => Found::Kept(plan),
        false if is_lost(&plan) => Found::Lost(plan),
        false => Found::Changed(format!("GPU {}: {}", plan.uuid(), plan.lines().join("; "))),
    }
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
