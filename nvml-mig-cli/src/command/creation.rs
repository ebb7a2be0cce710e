//! `nvml-mig create`.

use std::error::Error;

use nvml_mig::apply::{GpuPlanOptions, GpuTarget};
use nvml_mig::plan::Layout;
use nvml_mig::{Device, GpuPlan};

use crate::arguments::Consent;
use crate::change::apply;
use crate::console::Console;
use crate::exit::Exit;
use crate::machine::{Machine, MachineOptions, Readable};
use crate::target::planned;

/// Creates instances beside the existing ones of a GPU.
pub(crate) fn create(
    console: &Console,
    machine: &Machine,
    options: &MachineOptions,
    layout: &str,
    change_mig_mode: bool,
    consent: &Consent,
) -> Result<Exit, Box<dyn Error>> {
    let target = GpuTarget::Add(layout.parse::<Layout>()?);
    let plan_options = GpuPlanOptions::default().with_change_mig_mode(change_mig_mode);
    let (name, device) = options.one_device(machine)?;
    apply(console, machine, options, consent, || {
        plan_of(&name, &device, &target, plan_options.clone())
    })
}

/// The plan that brings one GPU to a target.
pub(crate) fn plan_of(
    name: &str,
    device: &Device,
    target: &GpuTarget,
    options: GpuPlanOptions,
) -> Result<Readable<GpuPlan>, Box<dyn Error>> {
    let plan = GpuPlan::from_device(device, target, options);
    planned([(name.to_owned(), plan)])
}
