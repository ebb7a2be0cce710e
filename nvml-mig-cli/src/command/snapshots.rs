//! `nvml-mig snapshot` and `nvml-mig restore`.

use std::error::Error;
use std::fs;
use std::path::Path;

use nvml_mig::apply::GpuPlanOptions;
use nvml_mig::snapshot::{GpuSelector, GpuSnapshot, Snapshot};

use super::checkpoint::Checkpoint;
use crate::arguments::Consent;
use crate::change::apply;
use crate::console::{Console, chain, note, print};
use crate::exit::{Exit, Usage, of_refused};
use crate::machine::{Machine, MachineOptions, read_each};
use crate::replaced_file::replace;
use crate::target::planned;

/// Prints a snapshot, or writes it to a file. With a GPU that can't be read it is no success: a script might replace a complete one
/// by it. It is JSON, which `restore` reads, so with `--json` it is a member of the result.
pub(crate) fn take(
    console: Console,
    machine: &Machine,
    options: &MachineOptions,
    file: Option<&Path>,
) -> Result<Exit, Box<dyn Error>> {
    let read = read_each(options.each_device(machine)?, GpuSnapshot::read)?;
    let snapshot = Snapshot::new(read.items);
    let json = snapshot.to_json()?;
    if let Some(file) = file {
        if let Some(refused) = read.refused {
            note(&format!(
                "{} is not written: not all GPUs can be read",
                file.display()
            ));
            return Err(refused.into());
        }
        replace(file, &json).map_err(|error| named(file, &error.to_string()))?;
        return Ok(Exit::Done);
    }
    if console.is_json() {
        let value: serde_json::Value = serde_json::from_str(&json)?;
        console.show(value, || Ok(json))?;
    } else {
        print(&format!("{json}\n"))?;
    }
    Ok(of_refused(read.refused.as_ref()))
}

/// Restores a snapshot.
pub(crate) fn restore(
    console: Console,
    machine: &Machine,
    options: &MachineOptions,
    file: &Path,
    (by_pci_address, change_mig_mode): (bool, bool),
    consent: &Consent,
) -> Result<Exit, Box<dyn Error>> {
    if options.selects_gpus() {
        let sentence = "--device does not select GPUs of a snapshot: restore it as a whole";
        return Err(Usage(sentence.to_owned()).into());
    }
    let saved = Saved::read(file)?;
    let by = if by_pci_address {
        GpuSelector::PciAddress
    } else {
        GpuSelector::Uuid
    };
    let plan_options = GpuPlanOptions::default().with_change_mig_mode(change_mig_mode);
    let exit = apply(console, machine, options, consent, || match &saved {
        Saved::Snapshot(snapshot) => {
            let names = snapshot.gpus.iter().map(|gpu| gpu.uuid.clone());
            let plans = snapshot.each_plan(machine.nvml(), by, plan_options.clone());
            planned(names.zip(plans))
        }
        Saved::Checkpoint(checkpoint) => planned(checkpoint.plans(machine.nvml(), &plan_options)),
    })?;
    if let (Saved::Snapshot(snapshot), false) = (&saved, consent.dry_run) {
        tell_other_uuids(machine, snapshot)?;
    }
    Ok(exit)
}

/// Says where MIG devices have other UUIDs than before. The driver gives the lowest free IDs, from which UUIDs follow, so instances
/// between which some were destroyed get others.
fn tell_other_uuids(machine: &Machine, snapshot: &Snapshot) -> Result<(), Box<dyn Error>> {
    for before in &snapshot.gpus {
        // On another GPU at the same PCI address, all UUIDs are others.
        let Ok(device) = machine.nvml().device_by_uuid(&before.uuid) else {
            continue;
        };
        let now = GpuSnapshot::read(&device)?;
        if uuids(&now) != uuids(before) {
            let (now, before) = (uuids(&now).join(", "), uuids(before).join(", "));
            let gpu = device.index()?;
            note(&format!(
                "warning: GPU {gpu}: instances got other IDs, and MIG devices other UUIDs: {now} instead of {before}"
            ));
        }
    }
    Ok(())
}

fn uuids(gpu: &GpuSnapshot) -> Vec<&str> {
    let devices = gpu.mig_devices.iter();
    devices.map(|device| device.uuid.as_str()).collect()
}

/// What can be restored.
enum Saved {
    Snapshot(Snapshot),
    Checkpoint(Checkpoint),
}

impl Saved {
    fn read(file: &Path) -> Result<Self, Box<dyn Error>> {
        let named = |what: &str| named(file, what);
        let text = fs::read_to_string(file).map_err(|error| named(&error.to_string()))?;
        if let Some(checkpoint) = Checkpoint::parse(&text) {
            return Ok(Self::Checkpoint(checkpoint.map_err(|what| named(&what))?));
        }
        let snapshot = Snapshot::from_json(&text).map_err(|error| named(&chain(&error)))?;
        Ok(Self::Snapshot(snapshot))
    }
}

fn named(file: &Path, what: &str) -> Usage {
    Usage(format!("{}: {what}", file.display()))
}
