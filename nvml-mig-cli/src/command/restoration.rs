//! `nvml-mig restore`.

use std::error::Error;
use std::fs;
use std::path::Path;

use nvml_mig::apply::{ChangedMigUuid, GpuPlanError, GpuPlanOptions, GpuTarget};
use nvml_mig::snapshot::{GpuSelector, GpuSnapshot, Snapshot};
use nvml_mig::{Device, GpuPlan, Nvml, ReturnCode};

use super::checkpoint::Checkpoint;
use super::hooked::{self, HooksFile};
use super::saved_text;
use crate::arguments::RestoreOptions;
use crate::console::{Console, chain, note};
use crate::exit::{Exit, NoGpu, Usage};
use crate::machine::{Machine, MachineOptions};
use crate::target::{of_mode, planned};

/// Restores a snapshot. Its GPUs that are gone do not stop the others.
pub(crate) fn restore(
    console: &Console,
    machine: &Machine,
    options: &MachineOptions,
    restore: &RestoreOptions,
) -> Result<Exit, Box<dyn Error>> {
    if options.selects_gpus() {
        let sentence = "--device does not select GPUs of a snapshot: restore it as a whole";
        return Err(Usage(sentence.to_owned()).into());
    }
    let file = restore.file();
    let file = file.ok_or_else(|| Usage("a file to restore is needed".to_owned()))?;
    let saved = Saved::read(&file)?;
    let by = if restore.by_pci_address {
        GpuSelector::PciAddress
    } else {
        GpuSelector::Uuid
    };
    let missing = saved.missing(machine.nvml(), by)?;
    let of_missing = console.missing(&missing);
    let mode_only = restore.is_mode_only()?;
    let change_mig_mode = restore.change_mig_mode || mode_only;
    let plan_options = GpuPlanOptions::default().with_change_mig_mode(change_mig_mode);
    let hooks = HooksFile {
        path: restore.hooks_file.as_deref(),
        variables: restore.hook_variables(mode_only),
        mode_only,
    };
    let plans = |plan_options: &_| {
        let mut plans = saved.plans(machine.nvml(), by, mode_only, plan_options);
        plans.retain(|(uuid, _)| !missing.contains(uuid));
        planned(plans)
    };
    let check = || match &saved {
        Saved::Snapshot(snapshot) if !mode_only => changed_uuids(machine, snapshot),
        _ => Vec::new(),
    };
    let exit = hooked::apply(
        console,
        machine,
        options,
        &restore.consent,
        hooks,
        &plan_options,
        (plans, check, |applied| applied),
    )?;
    Ok(exit.or(of_missing))
}

/// Tells which MIG devices have other UUIDs than in the snapshot. The change is done, so what can't be read is no failure.
fn changed_uuids(machine: &Machine, snapshot: &Snapshot) -> Vec<String> {
    let names = machine.gpu_names();
    let changed = snapshot.gpus.iter().filter_map(|before| {
        // On another GPU at the same PCI address, all UUIDs are others.
        let device = match machine.nvml().device_by_uuid(&before.uuid) {
            Err(error) if error.code() == Some(ReturnCode::NotFound) => return None,
            device => device,
        };
        let what = match device.and_then(|device| GpuSnapshot::read(&device)) {
            Ok(now) => of_changed(&before.changed_mig_uuids(&now))?,
            Err(error) => format!(
                "whether the MIG devices have the UUIDs of before can't be read: {}",
                chain(&error)
            ),
        };
        Some(names.in_text(&format!("{}: {what}", before.uuid)))
    });
    changed.collect()
}

fn of_changed(changed: &[ChangedMigUuid]) -> Option<String> {
    let changed: Vec<String> = changed.iter().map(ToString::to_string).collect();
    (!changed.is_empty()).then(|| {
        let changed = changed.join(", ");
        format!("MIG devices have other UUIDs than in the snapshot: {changed}")
    })
}

/// What can be restored.
enum Saved {
    Snapshot(Snapshot),
    Checkpoint(Checkpoint),
}

impl Saved {
    fn read(file: &Path) -> Result<Self, Box<dyn Error>> {
        let bytes = fs::read(file).map_err(|error| Usage::of_file(file, error))?;
        let text = String::from_utf8_lossy(&bytes);
        let json = saved_text::json(&text).map_err(|what| Usage::of_file(file, what))?;
        if json.get("MigState").is_some() {
            let checkpoint = Checkpoint::read(json).map_err(|what| Usage::of_file(file, what))?;
            return Ok(Self::Checkpoint(checkpoint));
        }
        let snapshot =
            Snapshot::from_json(&text).map_err(|error| Usage::of_file(file, chain(&error)))?;
        Ok(Self::Snapshot(snapshot))
    }

    /// Returns a plan for each GPU, with what it is called.
    fn plans(
        &self,
        nvml: &Nvml,
        by: GpuSelector,
        mode_only: bool,
        options: &GpuPlanOptions,
    ) -> Vec<(String, Result<GpuPlan, GpuPlanError>)> {
        if mode_only {
            let gpus = self.gpus().into_iter();
            return gpus
                .map(|gpu| (gpu.uuid.to_owned(), gpu.mode_plan(nvml, by, options)))
                .collect();
        }
        match self {
            Self::Snapshot(snapshot) => {
                let names = snapshot.gpus.iter().map(|gpu| gpu.uuid.clone());
                let plans = snapshot.each_plan(nvml, by, options.clone());
                names.zip(plans).collect()
            }
            Self::Checkpoint(checkpoint) => checkpoint.plans(nvml, options).collect(),
        }
    }

    /// Returns the UUIDs of the GPUs that this machine does not have, and prints a line for each.
    ///
    /// # Errors
    ///
    /// [`NoGpu`] if it has none of them, or if there are none.
    fn missing(&self, nvml: &Nvml, by: GpuSelector) -> Result<Vec<String>, NoGpu> {
        let mut gpus = self.gpus();
        let count = gpus.len();
        if count == 0 {
            return Err(NoGpu("there is no GPU in the file that is to be restored"));
        }
        gpus.retain(|gpu| {
            let device = gpu.device(nvml, by);
            device.is_err_and(|error| error.code() == Some(ReturnCode::NotFound))
        });
        if gpus.len() == count {
            return Err(NoGpu("no GPU of the snapshot is in this machine"));
        }
        let missing = gpus.iter().map(|gpu| gpu.uuid.to_owned());
        let missing: Vec<String> = missing.collect();
        for uuid in &missing {
            note(&format!(
                "warning: {uuid} is in the snapshot, but not in this machine, and is not restored"
            ));
        }
        Ok(missing)
    }

    fn gpus(&self) -> Vec<SavedGpu<'_>> {
        match self {
            Self::Snapshot(snapshot) => {
                let gpus = snapshot.gpus.iter().map(|gpu| SavedGpu {
                    uuid: &gpu.uuid,
                    pci_bus_id: Some(&gpu.pci_bus_id),
                    mig_enabled: gpu.target() != GpuTarget::MigDisabled,
                });
                gpus.collect()
            }
            Self::Checkpoint(checkpoint) => {
                let gpus = checkpoint.modes().map(|(uuid, mig_enabled)| SavedGpu {
                    uuid,
                    pci_bus_id: None,
                    mig_enabled,
                });
                gpus.collect()
            }
        }
    }
}

/// What a file says of a GPU, beside its instances.
struct SavedGpu<'a> {
    uuid: &'a str,
    /// mig-parted does not write it.
    pci_bus_id: Option<&'a str>,
    /// The mode to restore. Of a pending change of MIG mode, the new one.
    mig_enabled: bool,
}

impl SavedGpu<'_> {
    fn device(&self, nvml: &Nvml, by: GpuSelector) -> Result<Device, nvml_mig::Error> {
        match (by, self.pci_bus_id) {
            (GpuSelector::PciAddress, Some(pci_bus_id)) => nvml.device_by_pci_bus_id(pci_bus_id),
            _ => nvml.device_by_uuid(self.uuid),
        }
    }

    /// A plan for its MIG mode only.
    fn mode_plan(
        &self,
        nvml: &Nvml,
        by: GpuSelector,
        options: &GpuPlanOptions,
    ) -> Result<GpuPlan, GpuPlanError> {
        let target = of_mode(self.mig_enabled);
        self.device(nvml, by)
            .map_err(|error| GpuPlanError::new(Some(self.uuid.to_owned()), error.into()))
            .and_then(|device| GpuPlan::from_device(&device, target, options.clone()))
    }
}
