//! Finds out whether a layout got lost, as by a reload of the driver: a GPU that should have instances has none at all.

use std::error::Error;

use nvml_mig::apply::GpuTarget;
use nvml_mig::plan::PresentGpuInstance;
use nvml_mig::{Device, GpuPlan, MigMode};

use crate::machine::{Machine, MachineOptions};
use crate::target::Wanted;

/// Whether it did, by the plan that would make it.
pub(super) fn is_lost(plan: &GpuPlan) -> bool {
    let is_off = plan.mig_mode() == Some(MigMode::Enabled);
    is_off || (plan.before().is_empty() && !plan.after().is_empty())
}

/// Whether it did on a GPU for which no plan can be made, since it is in use.
pub(super) fn has_lost(
    machine: &Machine,
    options: &MachineOptions,
    wanted: &Wanted,
) -> Result<bool, Box<dyn Error>> {
    let targets = wanted.targets(machine, options)?;
    // What can't be read is not known to be lost.
    let mut targets = targets
        .iter()
        .filter_map(|(_, target)| target.as_ref().ok());
    Ok(targets.any(|(gpu, target)| lacks_all(gpu, target).unwrap_or(false)))
}

fn lacks_all(gpu: &Device, target: &GpuTarget) -> Result<bool, nvml_mig::Error> {
    let (GpuTarget::Layout(layout) | GpuTarget::MigDevices(layout)) = target else {
        return Ok(false);
    };
    if gpu.mig_mode()?.current() != MigMode::Enabled {
        return Ok(true);
    }
    Ok(!layout.is_empty() && PresentGpuInstance::read_all(gpu)?.is_empty())
}
