//! Makes the machine usable after a change: device nodes, the CDI specification, and what must be restarted.

use std::fs;
use std::path::{Path, PathBuf};

use nvml_mig::node::cdi::{CdiError, CdiSpec};
use nvml_mig::{GpuPlan, MigDevice};
use serde::Serialize;

use super::lock::AS_LEFT;
use crate::arguments::Consent;
use crate::console::{chain, note};
use crate::machine::Machine;
use crate::replaced_file::{remove, replace};

/// Programs that list MIG devices only when they start, by the first 15 characters of their names: NVIDIA's device plugin,
/// feature discovery and DRA driver for Kubernetes, and DCGM with its exporter.
const LISTS_ONCE: [&str; 5] = [
    "nvidia-device-p",
    "gpu-feature-dis",
    "gpu-kubelet-plu",
    "nv-hostengine",
    "dcgm-exporter",
];

/// What was done after a change, and what is left to do.
#[derive(Debug, Default, Serialize)]
pub(super) struct Usable {
    created_nodes: Vec<PathBuf>,
    /// Processes that show the old MIG devices until they are restarted.
    restart: Vec<String>,
    /// What could not be done, or is not as before.
    warnings: Vec<String>,
    /// Why the CDI specification may name devices that are gone. It is an error, not a warning.
    #[serde(skip)]
    pub(super) old_specification: Option<String>,
}

impl Usable {
    /// Does what the options ask for, and prints it. The change is done, so nothing here undoes it. `open` are the GPUs that an
    /// earlier change left half made.
    pub(super) fn make(
        machine: &Machine,
        plans: &[GpuPlan],
        consent: &Consent,
        open: Vec<String>,
    ) -> Self {
        let mut usable = Self::default();
        usable.create_nodes(machine, plans);
        if let Some(path) = &consent.cdi_spec {
            usable.renew(machine, path);
            let folder = consent.lock.lock_folder.as_deref();
            usable.tell_half_made(path, half_made(machine, folder, plans, open));
        }
        if !plans.iter().all(GpuPlan::changes_nothing) {
            usable.find_what_to_restart(machine);
        }
        usable.tell();
        usable
    }

    /// Returns what could not be done.
    #[cfg(feature = "kubernetes")]
    pub(super) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Adds what else a person should know, and prints it.
    pub(super) fn warn(&mut self, warnings: Vec<String>) {
        for warning in &warnings {
            note(&format!("warning: {warning}"));
        }
        self.warnings.extend(warnings);
    }

    /// Nobody else creates the nodes after a change through NVML alone.
    fn create_nodes(&mut self, machine: &Machine, plans: &[GpuPlan]) {
        let files = machine.driver_files();
        // A simulated machine may have no capability files.
        if !files.proc().join("driver/nvidia-caps/mig-minors").exists() {
            return;
        }
        for plan in plans {
            let created = plan
                .device()
                .mig_devices()
                .and_then(|mig_devices| files.create_nodes(&mig_devices));
            match created {
                Ok(nodes) => self
                    .created_nodes
                    .extend(nodes.into_iter().map(|node| node.path)),
                Err(error) => self.warnings.push(format!(
                    "the device nodes of GPU {} are incomplete, so containers with its MIG devices may not start: {}",
                    plan.uuid(),
                    chain(&error)
                )),
            }
        }
    }

    fn renew(&mut self, machine: &Machine, path: &Path) {
        if let Err(warning) = renew(machine, path) {
            let warning = format!(
                "{} could not be renewed, and may name devices that are gone: {warning}",
                path.display()
            );
            self.warnings.push(warning.clone());
            self.old_specification = Some(warning);
        }
    }

    fn tell_half_made(&mut self, path: &Path, half_made: Result<Vec<String>, String>) {
        let path = path.display();
        match half_made {
            Ok(uuids) => self.warnings.extend(uuids.iter().map(|uuid| {
                format!("{path} names the devices of {uuid} {AS_LEFT}")
            })),
            Err(error) => self.warnings.push(format!(
                "whether {path} names devices of a GPU that an interrupted change left is unknown: {error}"
            )),
        }
    }

    fn find_what_to_restart(&mut self, machine: &Machine) {
        let users = machine.driver_files().device_file_users();
        let users = users.unwrap_or_default().into_iter();
        let listing = users.filter(|user| LISTS_ONCE.contains(&user.name.as_str()));
        self.restart
            .extend(listing.map(|user| format!("process {} ({})", user.pid, user.name)));
    }

    fn tell(&self) {
        for node in &self.created_nodes {
            note(&format!("created {}", node.display()));
        }
        if !self.restart.is_empty() {
            note(&format!(
                "to be restarted, since it lists MIG devices only when it starts: {}",
                self.restart.join(", ")
            ));
        }
        for warning in &self.warnings {
            note(&format!("warning: {warning}"));
        }
    }
}

/// Returns the UUIDs of the GPUs that an interrupted change left, beside those of this change: the specification is of all GPUs,
/// and the lock may be only of some.
fn half_made(
    machine: &Machine,
    folder: Option<&Path>,
    plans: &[GpuPlan],
    open: Vec<String>,
) -> Result<Vec<String>, String> {
    let mut others = machine.gpu_names().into_uuids();
    others.retain(|uuid| !open.contains(uuid) && plans.iter().all(|plan| plan.uuid() != uuid));
    let options = machine.lock_options(folder).with_gpus(others);
    let found = options.interrupted_gpus();
    let found = found.map_err(|error| chain(&error))?;
    Ok([open, found].concat())
}

/// Writes the specification of all MIG devices of the machine, or removes the file if there is none: CDI has no empty
/// specifications.
fn renew(machine: &Machine, path: &Path) -> Result<(), String> {
    let mut mig_devices: Vec<MigDevice> = Vec::new();
    for (_, device) in machine
        .nvml()
        .each_device()
        .map_err(|error| chain(&error))?
    {
        let found = device.and_then(|device| device.mig_devices());
        mig_devices.extend(found.map_err(|error| chain(&error))?);
    }
    let builder = CdiSpec::builder().with_driver_files(machine.driver_files().clone());
    let text = match builder.build(&mig_devices) {
        Err(CdiError::Empty) => return remove(path).map_err(|error| error.to_string()),
        spec => spec.map_err(|error| chain(&error))?.to_json(),
    };
    let text = text.map_err(|error| error.to_string())?;
    // What is no plain file might never end.
    let is_there =
        || fs::read_to_string(path).is_ok_and(|there| there.strip_suffix('\n') == Some(&text));
    if path.is_file() && is_there() {
        return Ok(());
    }
    // A container engine may read it at any time.
    replace(path, &text).map_err(|error| error.to_string())
}
