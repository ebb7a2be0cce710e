//! `nvml-mig nodes` and `nvml-mig cdi`: what containers need.

use std::error::Error;

use nvml_mig::MigDevice;
use nvml_mig::node::cdi::CdiSpec;

use crate::arguments::LockArguments;
use crate::change::lock;
use crate::console::{Console, chain, note};
use crate::exit::{Exit, code_of};
use crate::machine::{Machine, MachineOptions, Readable, readable};

/// Creates the missing device nodes of the MIG devices, while no other process changes these.
pub(crate) fn create(
    console: &Console,
    machine: &Machine,
    options: &MachineOptions,
    lock: &LockArguments,
) -> Result<Exit, Box<dyn Error>> {
    let _lock = lock::take(machine, lock, options.selected_uuids(machine)?)?;
    let found = mig_devices(machine, options)?;
    let created = machine.driver_files().create_nodes(&found.items)?;
    console.show(&created, || {
        let lines = created.iter();
        Ok(lines
            .map(|node| format!("created {}\n", node.path.display()))
            .collect())
    })?;
    Ok(console.left_out(found.refused.as_ref()))
}

/// Reports the missing device nodes of the MIG devices.
pub(crate) fn report(
    console: &Console,
    machine: &Machine,
    options: &MachineOptions,
) -> Result<Exit, Box<dyn Error>> {
    let found = mig_devices(machine, options)?;
    let missing = machine.driver_files().missing_nodes(&found.items)?;
    console.show(&missing, || {
        let lines = missing.iter();
        Ok(lines.map(|node| format!("{node}\n")).collect())
    })?;
    let refused = console.left_out(found.refused.as_ref());
    Ok(if missing.is_empty() {
        refused
    } else {
        refused.or(Exit::False)
    })
}

/// Prints a CDI specification. A device that can't be in it is left out, with a line.
pub(crate) fn cdi(
    console: &Console,
    machine: &Machine,
    options: &MachineOptions,
    kind: Option<&str>,
) -> Result<Exit, Box<dyn Error>> {
    let found = mig_devices(machine, options)?;
    let builder = CdiSpec::builder().with_driver_files(machine.driver_files().clone());
    let builder = match kind {
        None => builder,
        Some(kind) => builder.with_kind(kind),
    };
    let (spec, left_out) = builder.build_each(&found.items)?;
    for error in &left_out {
        note(&format!("left out: {}", chain(error)));
    }
    console.show(&spec, || Ok(format!("{}\n", spec.to_json()?)))?;
    let left_out = left_out.first().map_or(Exit::Done, |error| code_of(error));
    Ok(console.left_out(found.refused.as_ref()).or(left_out))
}

/// The MIG devices of the selected GPUs. GPUs without MIG have none.
fn mig_devices(
    machine: &Machine,
    options: &MachineOptions,
) -> Result<Readable<MigDevice>, Box<dyn Error>> {
    let mut each = Vec::new();
    for (gpu, device) in options.each_device(machine)? {
        let device = match device {
            Ok(device) => device,
            Err(error) => {
                each.push((gpu, Err(error)));
                continue;
            }
        };
        match device.each_mig_device() {
            Err(error) => each.push((gpu, Err(error))),
            Ok(devices) => each.extend(
                devices.map(|(index, device)| (format!("{gpu}: MIG device {index}"), device)),
            ),
        }
    }
    if each.is_empty() {
        return Ok(Readable {
            items: Vec::new(),
            refused: None,
        });
    }
    Ok(readable(each)?)
}
