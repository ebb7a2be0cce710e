//! MIG mode and the instances of a GPU at one moment.

use crate::error::{Error, ReturnCode};
use crate::inventory::{Expected, Inventory, LiveGpuInstance, LiveMigDevice, present};
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
    /// The MIG devices, if this process may not list instances.
    mig_devices: Vec<LiveMigDevice>,
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
        let (live, mig_devices) = match inventory.gpu_instances() {
            Ok(_) => (inventory.into_gpu_instances()?, Vec::new()),
            Err(error) if error.code() == Some(ReturnCode::NoPermission) => {
                (Vec::new(), inventory.mig_devices()?)
            }
            Err(error) => return Err(error),
        };
        Ok(Self {
            device: device.clone(),
            modes,
            instances: present(&live, &[]),
            live,
            mig_devices,
        })
    }

    pub(super) const fn device(&self) -> &Device {
        &self.device
    }

    /// Reads the GPU again, and returns whether it changed.
    pub(super) fn renew(&mut self) -> Result<bool, Error> {
        let now = Self::expecting(&self.device, &self.instances)?;
        let is_same = now.modes == self.modes
            && now.mig_devices == self.mig_devices
            && PresentGpuInstance::are_same(&now.instances, &self.instances)
            && self
                .live
                .iter()
                .all(|earlier| earlier.is_still_in(&now.live));
        *self = now;
        Ok(!is_same)
    }
}
