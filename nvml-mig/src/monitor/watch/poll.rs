//! The instances of a GPU at one moment.

use crate::error::Error;
use crate::inventory::{Inventory, present};
use crate::plan::PresentGpuInstance;
use crate::query::Device;

/// The instances of a GPU at one moment.
#[derive(Debug)]
pub(super) struct Poll {
    inventory: Inventory,
    instances: Vec<PresentGpuInstance>,
}

impl Poll {
    pub(super) fn of(device: &Device) -> Result<Self, Error> {
        let mut inventory = Inventory::of(device);
        let instances = instances(&mut inventory)?;
        Ok(Self {
            inventory,
            instances,
        })
    }

    pub(super) const fn device(&self) -> &Device {
        self.inventory.device()
    }

    /// Looks again, and says whether something changed since the last look.
    pub(super) fn renew(&mut self) -> Result<bool, Error> {
        let now = instances(&mut self.inventory)?;
        let changed = now != self.instances;
        self.instances = now;
        Ok(changed)
    }
}

/// Profiles are asked for anew: a watch lasts long, and one refused by chance must not stay unseen.
fn instances(inventory: &mut Inventory) -> Result<Vec<PresentGpuInstance>, Error> {
    inventory.forget();
    let (_, standing) = inventory.read()?;
    Ok(present(&standing, &[]))
}
