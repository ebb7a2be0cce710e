//! What a configuration of a file means for selected GPUs.

use std::error::Error;

use nvml_mig::Device;
use nvml_mig::apply::GpuTarget;
use nvml_mig::mig_parted::{
    MigPartedConfig, MigPartedErrorKind, MigPartedTargets, MigPartedWarning, MigPartedWarningKind,
};

use crate::console::note;
use crate::exit::NoGpu;
use crate::machine::{Each, by_index, lacks_mig, no_mig};

/// The states of GPUs, and what is odd about the configuration.
type Meant = (Each<(Device, GpuTarget)>, Vec<MigPartedWarning>);

/// Returns what is meant for these GPUs: what the configuration says of others does not matter.
///
/// # Errors
///
/// Those of the configuration, a GPU without MIG, since it was named, and [`NoGpu`] if the configuration is for none of them.
pub(super) fn of_selected(
    config: &MigPartedConfig,
    gpus: Each<Device>,
) -> Result<Meant, Box<dyn Error>> {
    let (mut readable, mut all) = (Vec::new(), Vec::new());
    for (gpu, device) in gpus {
        match device.and_then(|device| Ok((device.index()?, device))) {
            Ok((index, device)) => readable.push((gpu, index, device)),
            Err(error) => all.push((gpu, Err(error))),
        }
    }
    let devices = readable.iter();
    let devices = devices.map(|(_, index, device)| (*index, Ok(device.clone())));
    let meant = match config.each_target(devices) {
        Err(error) if matches!(error.kind(), MigPartedErrorKind::NoGpu { .. }) => {
            MigPartedTargets::new(Vec::new())
        }
        meant => meant?,
    };
    for (gpu, index, device) in &readable {
        if meant.gpus.iter().any(|(other, _)| other == index) {
            continue;
        }
        if lacks_mig(device) {
            return Err(no_mig(gpu).into());
        }
        note(&format!("{gpu}: no entry of the configuration matches it"));
    }
    all.extend(by_index(meant.gpus));
    if all.is_empty() {
        return Err(NoGpu("no entry of the configuration matches the selected GPUs").into());
    }
    let mut warnings = meant.warnings;
    warnings.retain(|warning| !matches!(warning.kind(), MigPartedWarningKind::NoSuchGpu { .. }));
    Ok((all, warnings))
}
