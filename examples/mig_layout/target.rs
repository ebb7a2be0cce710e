//! The desired layouts, and the plans that lead to them.

use std::error::Error;

use nvml_mig::apply::{GpuPlanOptions, GpuTarget};
use nvml_mig::mig_parted::{MigPartedConfig, MigPartedFile};
use nvml_mig::plan::PlanOptions;
use nvml_mig::{Device, GpuPlan, Layout};

use crate::arguments::{Limits, Target};
use crate::common::{Options, Readable, Session, readable};
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
        let Readable { items, refused } = self.targets(session, options)?;
        if items.is_empty() && self.file.is_some() {
            return Err(Usage(NO_ENTRY.to_owned()).into());
        }
        let plan = |(device, target): &(Device, GpuTarget)| {
            GpuPlan::from_device(device, target, limits.plan_options())
        };
        let items = items.iter().map(plan).collect::<Result<_, _>>()?;
        Ok(Readable { items, refused })
    }

    pub(crate) fn targets(
        &self,
        session: &Session,
        options: &Options,
    ) -> Result<Readable<(Device, GpuTarget)>, Box<dyn Error>> {
        let Some(path) = &self.file else {
            let target = read(self.layout.as_deref().unwrap_or_default())?;
            let Readable { items, refused } = options.mig_devices(session)?;
            let items = items.into_iter().map(|device| (device, target.clone()));
            let items = items.collect();
            return Ok(Readable { items, refused });
        };
        let selected = options.selected(session)?;
        let selected = selected.map(|devices| devices.iter().map(Device::index).collect());
        let selected: Option<Vec<u32>> = selected.transpose()?;
        let file = MigPartedFile::read(path)?;
        let config = self.choose(&file)?;
        let mut targets = config.each_target(session.nvml().each_device()?)?;
        targets.retain(|(index, _)| selected.as_ref().is_none_or(|all| all.contains(index)));
        Ok(readable(targets)?)
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
