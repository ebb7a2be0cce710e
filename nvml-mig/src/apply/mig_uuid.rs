//! UUIDs of MIG devices by the placement of their instances.

use core::fmt;

use super::read_back;
use crate::error::Error;
use crate::inventory::{Inventory, LiveGpuInstance, LiveMigDevice};
use crate::placement::{ComputeInstancePlacement, GpuInstancePlacement};

/// The UUID of a MIG device before a change.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MigUuid {
    gpu_instance: GpuInstancePlacement,
    compute_instance: ComputeInstancePlacement,
    uuid: String,
}

/// A MIG device whose instances were created again, with other ids than before. Its UUID depends on them.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct ChangedMigUuid {
    /// The UUID before, `MIG-...`.
    pub before: String,
    /// The UUID now.
    pub now: String,
}

impl ChangedMigUuid {
    /// Creates a change of a UUID, for example in a test.
    #[must_use]
    pub fn new(before: impl Into<String>, now: impl Into<String>) -> Self {
        let (before, now) = (before.into(), now.into());
        Self { before, now }
    }
}

/// Prints, for example, `MIG-7f... is now MIG-a3...`.
impl fmt::Display for ChangedMigUuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is now {}", self.before, self.now)
    }
}

/// Reads the UUIDs of those MIG devices that can be read.
pub(super) fn read(inventory: &Inventory) -> Result<Vec<MigUuid>, Error> {
    let listed = inventory.gpu_instances()?;
    let readable = read_back::mig_devices(inventory)?;
    Ok(readable
        .into_iter()
        .filter_map(|mig_device| of(listed, mig_device))
        .collect())
}

fn of(listed: &[LiveGpuInstance], mig_device: LiveMigDevice) -> Option<MigUuid> {
    let mut listed = listed.iter();
    let live = listed.find(|live| live.gpu_instance.id() == mig_device.gpu_instance_id)?;
    let mut inside = live.compute_instances.iter();
    let inside = inside.find(|inside| inside.id() == mig_device.compute_instance_id)?;
    Some(MigUuid {
        gpu_instance: live.gpu_instance.placement(),
        compute_instance: inside.placement(),
        uuid: mig_device.uuid,
    })
}

impl MigUuid {
    const fn place(&self) -> (GpuInstancePlacement, ComputeInstancePlacement) {
        (self.gpu_instance, self.compute_instance)
    }

    /// The one at the same placement.
    fn find_in<'a>(&self, others: &'a [Self]) -> Option<&'a Self> {
        others.iter().find(|other| other.place() == self.place())
    }

    pub(super) fn is_in(&self, others: &[Self]) -> bool {
        self.find_in(others).is_some()
    }

    /// Whether there is a compute instance at its placement.
    pub(super) fn stands_in(&self, live: &[LiveGpuInstance]) -> bool {
        live.iter().any(|live| {
            let mut inside = live.compute_instances.iter();
            let at = live.gpu_instance.placement();
            inside.any(|inside| (at, inside.placement()) == self.place())
        })
    }
}

/// The UUIDs that differ at the same placement.
pub(super) fn changed(before: &[MigUuid], now: &[MigUuid]) -> Vec<ChangedMigUuid> {
    let of = |before: &MigUuid| {
        let now = before.find_in(now)?;
        (now.uuid != before.uuid).then(|| ChangedMigUuid::new(&before.uuid, &now.uuid))
    };
    before.iter().filter_map(of).collect()
}
