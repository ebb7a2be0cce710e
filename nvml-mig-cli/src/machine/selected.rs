//! The GPUs that a command works on.

use std::error::Error;

use nvml_mig::{AnyDevice, Device, ReturnCode};

use super::{Each, Machine, MachineOptions, by_index};
use crate::console::{Unreadable, chain};
use crate::exit::{Exit, NoGpu, Usage, of_refused};

impl MachineOptions {
    /// Returns whether `--device` selects GPUs: then one that can't be read is a failure, although the others are shown.
    pub(crate) fn selects_gpus(&self) -> bool {
        !self.device.is_empty()
    }

    /// Returns the exit code of a command that only shows something: a GPU that can't be read is a failure if it was selected.
    pub(crate) fn exit_of_shown(&self, refused: Option<&Unreadable>) -> Exit {
        let refused = refused.filter(|_| self.selects_gpus());
        of_refused(refused.map(Unreadable::first))
    }

    /// Checks that every GPU that `--device` selects could be read.
    ///
    /// # Errors
    ///
    /// A sentence that says so.
    pub(crate) fn check_selected(
        &self,
        refused: Option<&Unreadable>,
    ) -> Result<(), Box<dyn Error>> {
        let Some(refused) = refused.filter(|_| self.selects_gpus()) else {
            return Ok(());
        };
        let refused: Vec<String> = refused.lines().collect();
        let sentence = format!(
            "not all of the selected GPUs can be read, so nothing is changed: {}",
            refused.join("; ")
        );
        Err(sentence.into())
    }

    /// Returns each GPU that `--device` selects, by default each of the machine, or why it can't be opened.
    ///
    /// # Errors
    ///
    /// [`nvml_mig::Error`] if NVML does not count the GPUs, or an error if `--device` selects a MIG device.
    pub(crate) fn each_device(&self, machine: &Machine) -> Result<Each<Device>, Box<dyn Error>> {
        if !self.selects_gpus() {
            return Ok(by_index(machine.nvml().each_device()?));
        }
        let each = self.device.iter().map(|selector| {
            let text = selector.to_string();
            let is_uuid = text.starts_with("GPU-");
            let name = if is_uuid {
                text.clone()
            } else {
                format!("GPU {text}")
            };
            match machine.nvml().find_device(selector) {
                Ok(device) => Ok((name, Ok(gpu(device)?))),
                Err(error) if names_nothing(machine, &text, &error) => {
                    Err(Usage(chain(&error)).into())
                }
                Err(error) => Ok((name, Err(error))),
            }
        });
        each.collect()
    }

    /// Returns each GPU that `--device` selects, by default each one that supports MIG. If none that can be read supports
    /// it, all are returned, and what needs MIG fails.
    ///
    /// # Errors
    ///
    /// As [`each_device`](Self::each_device).
    pub(crate) fn each_mig_device(
        &self,
        machine: &Machine,
    ) -> Result<Each<Device>, Box<dyn Error>> {
        if !self.selects_gpus() {
            let capable = by_index(machine.nvml().each_mig_capable_device()?);
            if capable.iter().any(|(_, device)| device.is_ok()) {
                return Ok(capable);
            }
        }
        self.each_device(machine)
    }

    /// Returns the GPU that `--device` selects, by default the only one that supports MIG.
    ///
    /// # Errors
    ///
    /// [`Usage`] if there are several, [`NoGpu`] if there is none, and that of NVML if the GPU can't be opened: it may be the
    /// one that is meant, so no other is taken.
    pub(crate) fn one_device(&self, machine: &Machine) -> Result<(String, Device), Box<dyn Error>> {
        let mut gpus = if self.selects_gpus() {
            self.each_device(machine)?
        } else {
            by_index(machine.nvml().each_mig_capable_device()?)
        };
        if gpus.len() > 1 {
            let what = if self.selects_gpus() {
                "names several GPUs, and this command changes one"
            } else {
                "is needed: several GPUs support MIG"
            };
            return Err(Usage(format!("--device {what}")).into());
        }
        let only = gpus.pop();
        let (name, gpu) = only.ok_or(NoGpu("no GPU of this machine supports MIG"))?;
        let gpu = gpu?;
        if lacks_mig(&gpu) {
            return Err(no_mig(&name).into());
        }
        Ok((name, gpu))
    }

    /// Returns the UUIDs of the selected GPUs that can be read; `None` if none is selected, which means all.
    ///
    /// # Errors
    ///
    /// As [`each_device`](Self::each_device).
    pub(crate) fn selected_uuids(
        &self,
        machine: &Machine,
    ) -> Result<Option<Vec<String>>, Box<dyn Error>> {
        if !self.selects_gpus() {
            return Ok(None);
        }
        let gpus = self.each_device(machine)?.into_iter();
        let uuids = gpus.filter_map(|(_, gpu)| gpu.and_then(|gpu| gpu.uuid()).ok());
        Ok(Some(uuids.collect()))
    }
}

pub(crate) fn no_mig(gpu: &str) -> Usage {
    Usage(format!("{gpu} does not support MIG"))
}

/// Returns whether a GPU does not support MIG. If it does not say, planning reports the error.
pub(crate) fn lacks_mig(device: &Device) -> bool {
    matches!(device.is_mig_capable(), Ok(false))
}

/// Whether a selector is wrong, and not a GPU that can't be opened: an index that is too high, or an unknown UUID or address.
fn names_nothing(machine: &Machine, selector: &str, error: &nvml_mig::Error) -> bool {
    match error.code() {
        Some(ReturnCode::NotFound) => true,
        Some(ReturnCode::InvalidArgument) => selector.parse::<u32>().is_ok_and(|index| {
            let count = machine.nvml().device_count();
            count.is_ok_and(|count| index >= count)
        }),
        _ => false,
    }
}

/// Returns the GPU, if it is one.
///
/// # Errors
///
/// A sentence that names the GPU of a MIG device.
fn gpu(device: AnyDevice) -> Result<Device, Box<dyn Error>> {
    match device {
        AnyDevice::Gpu(gpu) => Ok(gpu),
        AnyDevice::Mig(device) => {
            let (uuid, gpu) = (device.uuid()?, device.parent()?.index()?);
            let sentence = format!(
                "{uuid} is a MIG device, and --device selects whole GPUs: use --device {gpu}"
            );
            Err(Usage(sentence).into())
        }
        other => Err(Usage(format!("--device selects whole GPUs, not a {other}")).into()),
    }
}
