//! MIG mode and the instances of a GPU at one moment.

use crate::error::Error;
use crate::inventory::{Expected, Inventory, LiveGpuInstance, present};
use crate::plan::PresentGpuInstance;
use crate::query::{Device, MigModes};

/// MIG mode and the instances of a GPU at one moment.
#[derive(Debug)]
pub(super) struct Poll {
    device: Device,
    modes: Option<MigModes>,
    instances: Vec<PresentGpuInstance>,
    /// The same with their handles, which show whether an instance was created again with the same ids.
    live: Vec<LiveGpuInstance>,
}

impl Poll {
    pub(super) fn of(device: &Device) -> Result<Self, Error> {
        Self::expecting(device, &[])
    }

    fn expecting(device: &Device, before: &[PresentGpuInstance]) -> Result<Self, Error> {
        let expected = Expected {
            present: before,
            ..Expected::default()
        };
        let inventory = Inventory::expecting(device, &expected)?;
        let modes = inventory.mig_modes();
        let live = inventory.into_gpu_instances()?;
        Ok(Self {
            device: device.clone(),
            modes,
            instances: present(&live, &[]),
            live,
        })
    }

    pub(super) const fn device(&self) -> &Device {
        &self.device
    }

    /// Reads the GPU again, and returns whether it changed.
    pub(super) fn renew(&mut self) -> Result<bool, Error> {
        let now = Self::expecting(&self.device, &self.instances)?;
        let is_same = now.modes == self.modes
            && PresentGpuInstance::are_same(&now.instances, &self.instances)
            && self
                .live
                .iter()
                .all(|earlier| earlier.is_still_in(&now.live));
        *self = now;
        Ok(!is_same)
    }
}
