//! `nvml-mig destroy`.

use std::error::Error;

use nvml_mig::apply::{GpuPlanOptions, GpuTarget, InstanceSelector};
use nvml_mig::instance::{ComputeInstanceId, GpuInstanceId};
use nvml_mig::{AnyDevice, Device, MigMode, ReturnCode};

use super::creation::plan_of;
use crate::arguments::Consent;
use crate::change::apply;
use crate::console::{Console, chain};
use crate::exit::{Exit, Usage};
use crate::machine::{Machine, MachineOptions};

/// Destroys instances of a GPU: these, or all. MIG mode stays as it is.
pub(crate) fn destroy(
    console: &Console,
    machine: &Machine,
    options: &MachineOptions,
    (instances, all): (&[String], bool),
    consent: &Consent,
) -> Result<Exit, Box<dyn Error>> {
    let selectors: Vec<InstanceSelector> = instances
        .iter()
        .map(|text| selector(text))
        .collect::<Result<_, _>>()?;
    let (name, device) = match of_mig_devices(machine, &selectors)? {
        Some(found) if !options.selects_gpus() => found,
        _ => options.one_device(machine)?,
    };
    apply(console, machine, options, consent, || {
        let selected = if all {
            all_of(&device)?
        } else {
            selectors.clone()
        };
        let target = GpuTarget::Remove(selected);
        plan_of(&name, &device, &target, GpuPlanOptions::default())
    })
}

/// The GPU of MIG devices, if all are named by UUIDs: these name it too.
fn of_mig_devices(
    machine: &Machine,
    selectors: &[InstanceSelector],
) -> Result<Option<(String, Device)>, Box<dyn Error>> {
    let mut found: Option<(u32, Device)> = None;
    for selector in selectors {
        let InstanceSelector::MigUuid(uuid) = selector else {
            return Ok(None);
        };
        let device = machine.nvml().any_device_by_uuid(uuid);
        let AnyDevice::Mig(mig_device) = device.map_err(unless_unknown)? else {
            return Ok(None);
        };
        let parent = mig_device.parent()?;
        let index = parent.index()?;
        if found.as_ref().is_some_and(|(known, _)| *known != index) {
            let sentence =
                "these MIG devices are on several GPUs: destroy those of one GPU at a time";
            return Err(Usage(sentence.to_owned()).into());
        }
        found = Some((index, parent));
    }
    Ok(found.map(|(index, device)| (format!("GPU {index}"), device)))
}

/// A UUID that no device has is a wrong argument, as an ID that no instance has.
fn unless_unknown(error: nvml_mig::Error) -> Box<dyn Error> {
    match error.code() {
        Some(ReturnCode::NotFound | ReturnCode::InvalidArgument) => Usage(chain(&error)).into(),
        _ => error.into(),
    }
}

/// All GPU instances; none with MIG mode off.
fn all_of(device: &Device) -> Result<Vec<InstanceSelector>, nvml_mig::Error> {
    if device.mig_mode()?.current() != MigMode::Enabled {
        return Ok(Vec::new());
    }
    let instances = device.gpu_instances()?.into_iter();
    Ok(instances.map(|instance| instance.id().into()).collect())
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
