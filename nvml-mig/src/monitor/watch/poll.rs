//! The instances of a GPU at one moment.

use crate::error::Error;
use crate::inventory::{Expected, Inventory, LiveGpuInstance, present};
use crate::plan::PresentGpuInstance;
use crate::query::Device;

/// The instances of a GPU at one moment.
#[derive(Debug)]
pub(super) struct Poll {
    device: Device,
    instances: Vec<PresentGpuInstance>,
    /// The same with their handles, which show whether an instance was created again with the same ids.
    live: Vec<LiveGpuInstance>,
}

impl Poll {
    pub(super) fn of(device: &Device) -> Result<Self, Error> {
        let (instances, live) = instances(device, &[])?;
        Ok(Self {
            device: device.clone(),
            instances,
            live,
        })
    }

    pub(super) const fn device(&self) -> &Device {
        &self.device
    }

    /// Reads the instances again, and returns whether they changed.
    pub(super) fn renew(&mut self) -> Result<bool, Error> {
        let (now, live) = instances(&self.device, &self.instances)?;
        let is_same = PresentGpuInstance::are_same(&now, &self.instances)
            && self.live.iter().all(|earlier| earlier.is_still_in(&live));
        (self.instances, self.live) = (now, live);
        Ok(!is_same)
    }
}

fn instances(
    device: &Device,
    before: &[PresentGpuInstance],
) -> Result<(Vec<PresentGpuInstance>, Vec<LiveGpuInstance>), Error> {
    let expected = Expected {
        present: before,
        ..Expected::default()
    };
    let inventory = Inventory::expecting(device, &expected)?;
    let live = inventory.into_gpu_instances()?;
    Ok((present(&live, &[]), live))
}
