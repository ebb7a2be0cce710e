//! The MIG devices of a GPU, each with the compute instance that it is.

use super::{Inventory, LiveGpuInstance, LiveMigDevice};
use crate::driver::call::{Failure, still_there};
use crate::error::Error;
use crate::query::{ComputeInstance, Device, KnownGpu, MOST_MIG_DEVICES, MigDevice};

impl Inventory {
    /// The walk ends when every compute instance has its MIG device.
    pub(super) fn mig_devices_in(&self, known: &KnownGpu) -> Result<Vec<LiveMigDevice>, Error> {
        let live = self.gpu_instances().iter();
        let wanted: usize = live.map(|live| live.compute_instances.len()).sum();
        let device = self.device();
        let most = most_mig_devices(device, known).map_err(|failure| device.error(failure))?;
        let mut found = Vec::new();
        for index in 0..most {
            if found.len() == wanted {
                break;
            }
            if let Some(mig_device) = device.mig_device_by_index(index)? {
                let read = still_there(self.live_mig_device(known, &mig_device, index));
                let read = read.transpose();
                found.extend(
                    read.map_err(|failure| mig_device.as_device().error(failure))?
                        .flatten(),
                );
            }
        }
        Ok(found)
    }

    /// `None` for one that was made after the instances were listed.
    fn live_mig_device(
        &self,
        known: &KnownGpu,
        mig_device: &MigDevice,
        index: u32,
    ) -> Result<Option<LiveMigDevice>, Failure> {
        let gpu_instance_id = mig_device.gpu_instance_id_or_failure()?;
        let mut live = self.gpu_instances().iter();
        let Some(live) = live.find(|live| live.gpu_instance.id() == gpu_instance_id) else {
            return Ok(None);
        };
        let Some(inside) = compute_instance(live, mig_device)? else {
            return Ok(None);
        };
        let ids = (gpu_instance_id, inside.id());
        let profiles = (live.gpu_instance.profile_id(), inside.profile_id());
        let device = mig_device.as_device();
        Ok(Some(LiveMigDevice {
            mig_device: mig_device.clone(),
            index,
            uuid: known
                .mig_uuids
                .get_or_ask(ids, || device.uuid_or_failure())?,
            name: known
                .mig_names
                .get_or_ask(profiles, || device.name_or_failure())?,
            gpu_instance_id,
            compute_instance_id: inside.id(),
        }))
    }
}

/// The compute instance of a GPU instance that a MIG device is. Where there is only one, it is that.
fn compute_instance<'a>(
    live: &'a LiveGpuInstance,
    mig_device: &MigDevice,
) -> Result<Option<&'a ComputeInstance>, Failure> {
    if let [only] = live.compute_instances.as_slice() {
        return Ok(Some(only));
    }
    let id = mig_device.compute_instance_id_or_failure()?;
    let mut inside = live.compute_instances.iter();
    Ok(inside.find(|inside| inside.id() == id))
}

fn most_mig_devices(device: &Device, known: &KnownGpu) -> Result<u32, Failure> {
    let ask = || device.max_mig_device_count_or_failure();
    let most = known.most_mig_devices.get_or_ask((), ask)?;
    Ok(most.min(MOST_MIG_DEVICES))
}
