//! The MIG devices of a GPU, each with the ids of its instances.

use super::live::EachMigDevice;
use super::{Inventory, LiveGpuInstance, LiveMigDevice};
use crate::driver::call::{Failure, still_there};
use crate::error::Error;
use crate::id::{ComputeInstanceId, ComputeInstanceProfileId, GpuInstanceId, GpuInstanceProfileId};
use crate::profile::ReportedName;
use crate::query::{Device, KnownGpu, MigDevice};

impl Inventory {
    /// Reads MIG devices by index until there is one for every compute instance; all of them if the caller may not list
    /// those. Each that can't be read is an error in its place.
    pub(super) fn mig_devices_in(&self, known: &KnownGpu) -> Result<EachMigDevice, Error> {
        let wanted = self.compute_instance_count();
        let device = self.device();
        let most = most_mig_devices(device, known).map_err(|failure| device.error(failure))?;
        let mut found = Vec::new();
        for index in 0..most {
            if Some(found.len()) == wanted {
                break;
            }
            let read = self.mig_device_at(known, index).transpose();
            found.extend(read.map(|read| (index, read)));
        }
        Ok(found)
    }

    fn mig_device_at(&self, known: &KnownGpu, index: u32) -> Result<Option<LiveMigDevice>, Error> {
        let Some(mig_device) = self.device().mig_device_by_index(index)? else {
            return Ok(None);
        };
        let read = still_there(self.live_mig_device(known, &mig_device, index)).transpose();
        let read = read.map_err(|failure| mig_device.as_device().error(failure))?;
        Ok(read.flatten())
    }

    fn compute_instance_count(&self) -> Option<usize> {
        let live = self.listed()?.iter();
        Some(live.map(|live| live.compute_instances.len()).sum())
    }

    /// Returns `None` for a MIG device that was created after the instances were listed.
    fn live_mig_device(
        &self,
        known: &KnownGpu,
        mig_device: &MigDevice,
        index: u32,
    ) -> Result<Option<LiveMigDevice>, Failure> {
        let device = mig_device.as_device();
        let uuid = device.uuid_or_failure()?;
        let ids = known
            .mig_device_ids
            .get_or_ask(uuid.clone(), || ids(mig_device))?;
        let (name, gpu_instance) = match self.listed() {
            None => (device.name_or_failure()?, None),
            Some(listed) => {
                let Some(profiles) = profiles_of(listed, ids) else {
                    return Ok(None);
                };
                let ask = || device.name_or_failure();
                let name = known.mig_names.get_or_ask(profiles, ask)?;
                (name, known.gpu_instance_profile(profiles.0))
            }
        };
        let profile = ReportedName::of_mig_device(&name);
        let profile = match gpu_instance {
            Some(gpu_instance) => profile.in_gpu_instance(&gpu_instance.name),
            None => profile,
        };
        let (gpu_instance_id, compute_instance_id) = ids;
        Ok(Some(LiveMigDevice {
            mig_device: mig_device.clone(),
            index,
            uuid,
            profile,
            name,
            gpu_instance_id,
            compute_instance_id,
        }))
    }
}

/// The profiles of a GPU instance and of a compute instance in it; `None` if they were not listed.
fn profiles_of(
    listed: &[LiveGpuInstance],
    (gpu_instance, compute_instance): (GpuInstanceId, ComputeInstanceId),
) -> Option<(GpuInstanceProfileId, ComputeInstanceProfileId)> {
    let mut live = listed.iter();
    let live = live.find(|live| live.gpu_instance.id() == gpu_instance)?;
    let mut inside = live.compute_instances.iter();
    let inside = inside.find(|inside| inside.id() == compute_instance)?;
    Some((live.gpu_instance.profile_id(), inside.profile_id()))
}

fn ids(mig_device: &MigDevice) -> Result<(GpuInstanceId, ComputeInstanceId), Failure> {
    Ok((
        mig_device.gpu_instance_id_or_failure()?,
        mig_device.compute_instance_id_or_failure()?,
    ))
}

fn most_mig_devices(device: &Device, known: &KnownGpu) -> Result<u32, Failure> {
    let ask = || device.max_mig_device_count_or_failure();
    known.most_mig_devices.get_or_ask((), ask)
}
