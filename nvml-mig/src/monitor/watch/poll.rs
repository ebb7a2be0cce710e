//! The instances of a GPU at one moment.

use crate::error::Error;
use crate::inventory::{Expected, Inventory, present};
use crate::plan::PresentGpuInstance;
use crate::query::Device;

/// The instances of a GPU at one moment.
#[derive(Debug)]
pub(super) struct Poll {
    device: Device,
    instances: Vec<PresentGpuInstance>,
}

impl Poll {
    pub(super) fn of(device: &Device) -> Result<Self, Error> {
        Ok(Self {
            device: device.clone(),
            instances: instances(device, &[])?,
        })
    }

    pub(super) const fn device(&self) -> &Device {
        &self.device
    }

    /// Reads the instances again, and returns whether they changed.
    pub(super) fn renew(&mut self) -> Result<bool, Error> {
        let now = instances(&self.device, &self.instances)?;
        let changed = !PresentGpuInstance::are_same(&now, &self.instances);
        self.instances = now;
        Ok(changed)
    }
}

fn instances(
    device: &Device,
    before: &[PresentGpuInstance],
) -> Result<Vec<PresentGpuInstance>, Error> {
    let expected = Expected {
        present: before,
        ..Expected::default()
    };
    let inventory = Inventory::expecting(device, &expected)?;
    Ok(present(inventory.gpu_instances()?, &[]))
}
