//! The desired layouts, and the plans that lead to them.

use std::error::Error;
use std::io::stdin;
use std::path::Path;

use nvml_mig::apply::{GpuPlanError, GpuPlanErrorReason, GpuPlanOptions, GpuTarget};
use nvml_mig::mig_parted::{MigPartedFile, MigPartedWarningKind};
use nvml_mig::plan::PlanOptions;
use nvml_mig::{Device, GpuPlan, Layout, ReturnCode};

use crate::arguments::{Limits, Target};
use crate::console::note;
use crate::exit::{NoGpu, Usage};
use crate::machine::{Each, Machine, MachineOptions, Readable, by_index, readable};

impl Target {
    /// Returns a plan for each selected GPU.
    pub(crate) fn plans(
        &self,
        machine: &Machine,
        options: &MachineOptions,
        limits: Limits,
    ) -> Result<Readable<GpuPlan>, Box<dyn Error>> {
        let targets = self.targets(machine, options)?;
        planned(targets.into_iter().map(|(gpu, target)| {
            let plan = target.map_err(|error| GpuPlanError::new(None, error.into()));
            let options = limits.plan_options();
            let plan = plan.and_then(|(gpu, target)| GpuPlan::from_device(&gpu, target, options));
            (gpu, plan)
        }))
    }

    /// Returns the desired state of each selected GPU that has one, or why it can't be read.
    ///
    /// # Errors
    ///
    /// [`NoGpu`] or the same error of the file if there is none.
    pub(crate) fn targets(
        &self,
        machine: &Machine,
        options: &MachineOptions,
    ) -> Result<Each<(Device, GpuTarget)>, Box<dyn Error>> {
        if let Some(path) = &self.file {
            return self.targets_of_file(path, machine, options);
        }
        let target = read(self.layout.as_deref().unwrap_or_default())?;
        let gpus = match target {
            GpuTarget::MigDisabled => options.each_mig_device(machine)?,
            _ => each_with_mig(machine, options)?,
        };
        let with_target = |device| (device, target.clone());
        let targets = gpus.into_iter();
        Ok(targets
            .map(|(gpu, device)| (gpu, device.map(with_target)))
            .collect())
    }

    fn targets_of_file(
        &self,
        path: &Path,
        machine: &Machine,
        options: &MachineOptions,
    ) -> Result<Each<(Device, GpuTarget)>, Box<dyn Error>> {
        let file = match path.to_str() {
            Some("-") => MigPartedFile::from_reader("standard input", stdin().lock())?,
            _ => MigPartedFile::read(path)?,
        };
        let name = self.choose(&file);
        warn(&file, name.as_ref().ok().copied());
        let targets = file.config(name?)?;
        let targets = targets.each_target(machine.nvml().each_device()?)?;
        for warning in &targets.warnings {
            note(&format!("warning: {warning}"));
        }
        if options.selects_gpus() {
            return selected(options.each_device(machine)?, targets.gpus);
        }
        Ok(by_index(targets))
    }

    /// Returns the name of the configuration.
    fn choose<'a>(&'a self, file: &'a MigPartedFile) -> Result<&'a str, Usage> {
        let names: Vec<&str> = file.names().collect();
        match (&self.config, names.as_slice()) {
            (Some(name), _) => Ok(name),
            (None, [only]) => Ok(*only),
            (None, names) => {
                let names = names.join(", ");
                Err(Usage(format!(
                    "--config must name one of the file's configurations: {names}"
                )))
            }
        }
    }
}

/// Prints what is odd about a file, except for the error of the chosen configuration, which is printed as such.
fn warn(file: &MigPartedFile, chosen: Option<&str>) {
    for warning in file.warnings() {
        let is_error = matches!(warning.kind(), MigPartedWarningKind::UnusableConfig { name, .. } if chosen == Some(name));
        if !is_error {
            note(&format!("warning: {warning}"));
        }
    }
}

/// Returns the targets of these GPUs. A GPU without MIG is an error, since it was named.
fn selected<T>(
    gpus: Each<Device>,
    mut targets: Vec<(u32, Result<T, nvml_mig::Error>)>,
) -> Result<Each<T>, Box<dyn Error>> {
    let (mut indices, mut unreadable) = (Vec::new(), Vec::new());
    for (gpu, device) in gpus {
        let index = device.and_then(|device| Ok((device.index()?, device)));
        let (index, device) = match index {
            Ok(read) => read,
            Err(error) => {
                unreadable.push((gpu, Err(error)));
                continue;
            }
        };
        indices.push(index);
        if targets.iter().any(|(other, _)| *other == index) {
            continue;
        }
        if lacks_mig(&device) {
            return Err(no_mig(&gpu).into());
        }
        note(&format!("{gpu}: no entry of the configuration matches it"));
    }
    targets.retain(|(index, _)| indices.contains(index));
    unreadable.extend(by_index(targets));
    if unreadable.is_empty() {
        return Err(NoGpu("no entry of the configuration matches the selected GPUs").into());
    }
    Ok(unreadable)
}

/// Returns the selected GPUs, or all that have MIG. A GPU without MIG is an error if it was named, and so are no GPUs.
pub(crate) fn each_with_mig(
    machine: &Machine,
    options: &MachineOptions,
) -> Result<Each<Device>, Box<dyn Error>> {
    let gpus = options.each_mig_device(machine)?;
    let without_mig = |gpu: &Result<Device, _>| gpu.as_ref().is_ok_and(lacks_mig);
    if options.selects_gpus() {
        return match gpus.iter().find(|(_, gpu)| without_mig(gpu)) {
            Some((gpu, _)) => Err(no_mig(gpu).into()),
            None => Ok(gpus),
        };
    }
    if gpus.iter().all(|(_, gpu)| without_mig(gpu)) {
        return Err(NoGpu("no GPU of this machine supports MIG").into());
    }
    Ok(gpus)
}

fn no_mig(gpu: &str) -> Usage {
    Usage(format!("{gpu} does not support MIG"))
}

/// Returns whether a GPU does not support MIG. If it does not say, planning reports the error.
fn lacks_mig(device: &Device) -> bool {
    matches!(device.is_mig_capable(), Ok(false))
}

/// Sorts out the GPUs that can't be read. A plan that can't be made for another reason is an error.
pub(crate) fn planned(
    each: impl IntoIterator<Item = (String, Result<GpuPlan, GpuPlanError>)>,
) -> Result<Readable<GpuPlan>, Box<dyn Error>> {
    let each = each.into_iter().map(|(gpu, plan)| {
        let plan = match plan {
            Err(error) => unless_unreadable(error).map(Err),
            Ok(plan) => Ok(Ok(plan)),
        };
        (gpu, plan)
    });
    let Readable { items, refused } = readable(each)?;
    let items = items.into_iter().collect::<Result<_, GpuPlanError>>()?;
    Ok(Readable { items, refused })
}

/// Returns the error, unless it is that the GPU can't be read. A GPU without MIG is not one that can't be read.
///
/// # Errors
///
/// That of NVML for such a GPU.
pub(crate) fn unless_unreadable(error: GpuPlanError) -> Result<GpuPlanError, nvml_mig::Error> {
    match *error.reason {
        GpuPlanErrorReason::Nvml(error) if error.code() != Some(ReturnCode::NotSupported) => {
            Err(error)
        }
        reason => Ok(GpuPlanError::new(error.uuid, reason).with_processes(error.processes)),
    }
}

impl Limits {
    fn plan_options(self) -> GpuPlanOptions {
        let instances = PlanOptions::default().with_destroy_idle(!self.keep);
        GpuPlanOptions::from(instances).with_change_mig_mode(self.change_mig_mode)
    }
}

/// Parses a layout; `off` means MIG mode off.
fn read(text: &str) -> Result<GpuTarget, Box<dyn Error>> {
    if text == "off" {
        return Ok(GpuTarget::MigDisabled);
    }
    Ok(text.parse::<Layout>()?.into())
}
