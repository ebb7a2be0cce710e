//! `nvml-mig destroy`.

use std::error::Error;

use nvml_mig::apply::{GpuPlanOptions, GpuTarget, InstanceSelector};
use nvml_mig::instance::{ComputeInstanceId, GpuInstanceId};
use nvml_mig::plan::Layout;

use super::creation::plan_of;
use crate::arguments::Consent;
use crate::change::apply;
use crate::console::Console;
use crate::exit::{Exit, Usage};
use crate::machine::{Machine, MachineOptions};

/// Destroys instances of a GPU: these, or all.
pub(crate) fn destroy(
    console: Console,
    machine: &Machine,
    options: &MachineOptions,
    (instances, all): (&[String], bool),
    consent: &Consent,
) -> Result<Exit, Box<dyn Error>> {
    let target = if all {
        GpuTarget::Layout(Layout::default())
    } else {
        let instances = instances.iter().map(|text| selector(text));
        GpuTarget::Remove(instances.collect::<Result<_, _>>()?)
    };
    let (name, device) = options.one_device(machine)?;
    apply(console, machine, options, consent, || {
        plan_of(&name, &device, &target, GpuPlanOptions::default())
    })
}

/// Parses `1`, `1/0` or `MIG-...`.
fn selector(text: &str) -> Result<InstanceSelector, Usage> {
    if text
        .get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("MIG-"))
    {
        return Ok(InstanceSelector::mig_uuid(text));
    }
    let selector = match text.split_once('/') {
        None => text.parse().ok().map(|id| GpuInstanceId::new(id).into()),
        Some((outer, inner)) => {
            let ids = outer.parse().ok().zip(inner.parse().ok());
            ids.map(|(outer, inner)| {
                let inner = ComputeInstanceId::new(inner);
                InstanceSelector::ComputeInstance(GpuInstanceId::new(outer), inner)
            })
        }
    };
    selector.ok_or_else(|| {
        Usage(format!(
            "'{}' is not an instance: expected the ID of a GPU instance such as 1, of a compute instance in it such as 1/0, or \
             the UUID of a MIG device",
            text.escape_debug()
        ))
    })
}
