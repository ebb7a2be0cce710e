//! The desired layouts, and the plans that lead to them.

use std::error::Error;

use nvml_mig::apply::{GpuPlanError, GpuPlanErrorReason, GpuPlanOptions, GpuTarget};
use nvml_mig::mig_parted::{MigPartedConfig, MigPartedFile};
use nvml_mig::plan::PlanOptions;
use nvml_mig::{Device, GpuPlan, Layout, ReturnCode};

use crate::arguments::{Limits, Target};
use crate::common::readable::{Each, Readable, by_index, readable};
use crate::common::{Options, Session};
use crate::exit::Usage;

/// A file that means none of the selected GPUs.
pub(crate) const NO_ENTRY: &str = "no entry of the file matches these GPUs";

impl Target {
    /// Returns a plan for each selected GPU.
    pub(crate) fn plans(
        &self,
        session: &Session,
        options: &Options,
        limits: Limits,
    ) -> Result<Readable<GpuPlan>, Box<dyn Error>> {
        let targets = self.targets(session, options)?;
        if targets.is_empty() && self.file.is_some() {
            return Err(Usage(NO_ENTRY.to_owned()).into());
        }
        planned(targets.into_iter().map(|(gpu, target)| {
            let plan = target.map_err(|error| GpuPlanError::new(None, error.into()));
            let options = limits.plan_options();
            let plan = plan.and_then(|(gpu, target)| GpuPlan::from_device(&gpu, target, options));
            (gpu, plan)
        }))
    }

    /// Returns the desired state of each selected GPU that has one, or why it can't be read.
    pub(crate) fn targets(
        &self,
        session: &Session,
        options: &Options,
    ) -> Result<Each<(Device, GpuTarget)>, Box<dyn Error>> {
        let Some(path) = &self.file else {
            let target = read(self.layout.as_deref().unwrap_or_default())?;
            let gpus = options.each_mig_device(session)?.into_iter();
            let with_target = |device| (device, target.clone());
            return Ok(gpus
                .map(|(gpu, device)| (gpu, device.map(with_target)))
                .collect());
        };
        let file = MigPartedFile::read(path)?;
        let config = self.choose(&file)?;
        let mut targets = config.each_target(session.nvml().each_device()?)?;
        let mut unreadable = Vec::new();
        if options.selects_gpus() {
            let mut indices = Vec::new();
            for (gpu, device) in options.each_device(session)? {
                match device.and_then(|device| device.index()) {
                    Ok(index) => indices.push(index),
                    Err(error) => unreadable.push((gpu, Err(error))),
                }
            }
            targets.retain(|(index, _)| indices.contains(index));
        }
        unreadable.extend(by_index(targets));
        Ok(unreadable)
    }

    fn choose<'a>(&self, file: &'a MigPartedFile) -> Result<&'a MigPartedConfig, Box<dyn Error>> {
        let names: Vec<&str> = file.names().collect();
        let name = match (&self.config, names.as_slice()) {
            (Some(name), _) => name,
            (None, [only]) => *only,
            (None, names) => {
                let names = names.join(", ");
                return Err(Usage(format!(
                    "--config must name one of the file's configurations: {names}"
                ))
                .into());
            }
        };
        Ok(file.config(name)?)
    }
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
    match error.reason {
        GpuPlanErrorReason::Nvml(error) if error.code() != Some(ReturnCode::NotSupported) => {
            Err(error)
        }
        reason => Ok(GpuPlanError::new(error.uuid, reason)),
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
