//! What must be there while all threads rest and no call fails.

use anyhow::{Result, ensure};
use nvml_mig::{Device, MachineLock, Nvml};

use crate::blame::Failed;
use crate::layouts::{LAYOUTS, check_apart, standing};
use crate::site::{OWN, PLANNED, Site, lock};

/// Looks at both GPUs, and empties the first, on which `left` instances may be: each thread of a killed process leaves one at most,
/// and an error one that it names. Returns whether a change had been left open.
pub(crate) fn audit(site: &Site, left: usize, is_rebooted: bool) -> Result<bool> {
    let nvml = Nvml::init_from(site.simulator.library_path())?;
    empty(&nvml.device_by_index(OWN)?, left)?;
    let device = nvml.device_by_index(PLANNED)?;
    let mut lock = MachineLock::take_in(lock(site.folder()))?;
    let is_open = lock.is_interrupted();
    let rollback = lock.recover(&nvml, |_| {})?;
    ensure!(
        !lock.is_interrupted(),
        "a change stays open though nothing fails: {rollback:?}"
    );
    let standing = standing(&device).map_err(Failed::into_error)?;
    let is_empty = device.gpu_instances()?.is_empty();
    ensure!(
        is_open || !is_rebooted || is_empty,
        "{standing} stands after a reboot"
    );
    let layout = LAYOUTS.iter().find(|(name, _)| *name == standing);
    let mig_devices = device.mig_devices()?.len();
    ensure!(
        layout.is_some_and(|(_, layout)| layout.len() == mig_devices),
        "{standing} has {mig_devices} MIG devices"
    );
    Ok(is_open)
}

fn empty(device: &Device, left: usize) -> Result<()> {
    let instances = device.gpu_instances()?;
    check_apart(&instances)?;
    ensure!(
        instances.len() <= left,
        "{left} instances can be left, not {instances:?}"
    );
    for instance in instances {
        instance.destroy_with_compute_instances()?;
    }
    ensure!(device.gpu_instances()?.is_empty(), "an instance is left");
    ensure!(device.mig_devices()?.is_empty(), "a MIG device is left");
    Ok(())
}
