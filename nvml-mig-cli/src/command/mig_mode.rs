//! `nvml-mig mode`.

use std::error::Error;

use nvml_mig::apply::{GpuPlanError, GpuPlanOptions};
use nvml_mig::device::MigModes;
use nvml_mig::{Device, GpuPlan, ReturnCode};
use serde::Serialize;

use crate::arguments::{Consent, ModeAction};
use crate::change::apply;
use crate::console::{Console, note};
use crate::drawing::wrapped;
use crate::exit::Exit;
use crate::machine::{Machine, MachineOptions, read_each};
use crate::target::{of_mode, planned, targets_of};

/// The MIG mode of a GPU.
#[derive(Debug, Serialize)]
struct Mode {
    index: u32,
    name: String,
    /// `None` on a GPU without MIG.
    modes: Option<MigModes>,
    /// Whether a change takes effect only at a reset of the GPU; `None` on a GPU without MIG.
    change_needs_reset: Option<bool>,
}

/// Shows or changes the MIG mode of the selected GPUs, by default of all that support MIG.
pub(crate) fn run(
    console: &Console,
    machine: &Machine,
    options: &MachineOptions,
    action: ModeAction,
    consent: &Consent,
) -> Result<Exit, Box<dyn Error>> {
    let target = match action {
        ModeAction::Show => return show(console, machine, options),
        ModeAction::Enable => of_mode(true),
        ModeAction::Disable => of_mode(false),
    };
    apply(console, machine, options, consent, || {
        let targets = targets_of(&target, machine, options)?.into_iter();
        planned(targets.map(|(name, wanted)| {
            let plan_options = GpuPlanOptions::default().with_change_mig_mode(true);
            let plan = wanted.map_err(|error| GpuPlanError::new(None, error.into()));
            let plan =
                plan.and_then(|(gpu, target)| GpuPlan::from_device(&gpu, target, plan_options));
            (name, plan)
        }))
    })
}

fn show(
    console: &Console,
    machine: &Machine,
    options: &MachineOptions,
) -> Result<Exit, Box<dyn Error>> {
    let modes = read_each(options.each_device(machine)?, Mode::read)?;
    console.show(&modes.items, || {
        Ok(modes.items.iter().map(Mode::line).collect())
    })?;
    Ok(console.left_out(modes.refused.as_ref()))
}

/// Says if a change of MIG mode waits for a GPU reset or reboot, where the instances alone would mislead: they may be gone then,
/// and none can be created until then.
pub(crate) fn tell_pending_mode(device: &Device) -> Result<(), nvml_mig::Error> {
    let is_pending = |modes: &MigModes| modes.current() != modes.pending();
    if let Some(modes) = modes(device)?.filter(is_pending) {
        let (index, current, pending) = (device.index()?, modes.current(), modes.pending());
        note(&format!(
            "note: GPU {index}: MIG mode is {current} but will be {pending} after a GPU reset or reboot"
        ));
    }
    Ok(())
}

/// Reads the MIG modes; `None` on a GPU without MIG.
pub(super) fn modes(device: &Device) -> Result<Option<MigModes>, nvml_mig::Error> {
    match device.mig_mode() {
        Err(error) if error.code() == Some(ReturnCode::NotSupported) => Ok(None),
        modes => modes.map(Some),
    }
}

impl Mode {
    fn read(device: &Device) -> Result<Self, nvml_mig::Error> {
        let modes = modes(device)?;
        let change_needs_reset = match modes {
            None => None,
            Some(_) => Some(device.mig_mode_change_needs_reset()?),
        };
        Ok(Self {
            index: device.index()?,
            name: device.name()?,
            modes,
            change_needs_reset,
        })
    }

    fn line(&self) -> String {
        let Self { index, name, .. } = self;
        let mode = match self.modes {
            None => "MIG is not supported".to_owned(),
            Some(modes) if modes.current() != modes.pending() => {
                let (current, pending) = (modes.current(), modes.pending());
                format!("MIG mode is {current}; {pending} is pending")
            }
            Some(modes) => {
                let needs = match self.change_needs_reset {
                    Some(true) => "a change needs a GPU reset",
                    _ => "a change takes effect immediately",
                };
                format!("MIG mode is {}; {needs}", modes.current())
            }
        };
        wrapped(&format!("GPU {index}: {name}: {mode}\n"))
    }
}
