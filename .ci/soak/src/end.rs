//! What must be left at the end: nothing.

use anyhow::{Result, ensure};
use nvml_mig::{MachineLock, Nvml};

use crate::site::{OWN, Site, lock};

/// Those of killed processes are destroyed; then there is nothing, and no change is open.
pub(crate) fn check(site: &Site) -> Result<()> {
    let nvml = Nvml::init_from(site.simulator.library_path())?;
    let mut lock = MachineLock::take_in(lock(site.folder()))?;
    if lock.is_interrupted() {
        let rollback = lock.recover(&nvml, |_| {})?;
        ensure!(
            rollback.is_none_or(|rollback| rollback.is_complete()),
            "a change can't be rolled back"
        );
    }
    ensure!(!lock.is_interrupted(), "a change is open");
    for device in nvml.devices()? {
        for gpu_instance in device.gpu_instances()? {
            let inside = gpu_instance.compute_instances()?.len();
            let is_own = device.index()? == OWN;
            // A process that is killed between the two leaves an empty one on the first GPU.
            ensure!(is_own || inside > 0, "a GPU instance is half-made");
            gpu_instance.destroy_with_compute_instances()?;
        }
        ensure!(device.gpu_instances()?.is_empty(), "an instance is left");
        ensure!(device.mig_devices()?.is_empty(), "a MIG device is left");
    }
    Ok(())
}
