//! The partitioning of one GPU as data.

use std::collections::VecDeque;

use super::mig_device_snapshot::MigDeviceSnapshot;
use crate::apply::GpuTarget;
use crate::error::Error;
use crate::id::ComputeInstanceId;
use crate::inventory::Inventory;
use crate::plan::{Layout, LayoutGpuInstance, PlacedGpuInstance};
use crate::query::{Device, MigMode, MigModes};

/// The partitioning of one GPU at one time: MIG mode and all instances, with their placements.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, expecting = "a GPU, as an object")]
#[non_exhaustive]
pub struct GpuSnapshot {
    /// UUID of the GPU.
    pub uuid: String,
    /// PCI address, such as `00000000:17:00.0`.
    pub pci_bus_id: String,
    /// Product name, such as `NVIDIA A30`: profile ids are only comparable between GPUs of one model.
    pub name: String,
    /// Whether MIG mode is on.
    pub mig_enabled: bool,
    /// Whether MIG mode is on after the next reset or reboot, if a change is pending. This is what is restored: a snapshot at
    /// shutdown must not take a change back that takes effect at the reboot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_mig_enabled: Option<bool>,
    /// GPU instances, ordered by id.
    pub gpu_instances: Vec<PlacedGpuInstance>,
    /// MIG devices that could be read, ordered by index. Their UUIDs follow from the ids of the instances.
    #[serde(default)]
    pub mig_devices: Vec<MigDeviceSnapshot>,
}

impl GpuSnapshot {
    /// Creates a snapshot of a GPU with MIG mode off, from its UUID, PCI address such as `00000000:17:00.0`, and product
    /// name.
    #[must_use]
    pub fn new(
        uuid: impl Into<String>,
        pci_bus_id: impl Into<String>,
        name: impl Into<String>,
    ) -> Self {
        Self {
            uuid: uuid.into(),
            pci_bus_id: pci_bus_id.into(),
            name: name.into(),
            mig_enabled: false,
            pending_mig_enabled: None,
            gpu_instances: Vec::new(),
            mig_devices: Vec::new(),
        }
    }

    /// Sets MIG mode to on, and the GPU instances.
    #[must_use]
    pub fn with_gpu_instances(self, gpu_instances: Vec<PlacedGpuInstance>) -> Self {
        Self {
            mig_enabled: true,
            gpu_instances,
            ..self
        }
    }

    /// Sets the MIG mode after the next reset or reboot.
    #[must_use]
    pub fn with_pending_mig_enabled(self, pending: bool) -> Self {
        Self {
            pending_mig_enabled: Some(pending),
            ..self
        }
    }

    /// Sets the MIG devices.
    #[must_use]
    pub fn with_mig_devices(self, mig_devices: Vec<MigDeviceSnapshot>) -> Self {
        Self {
            mig_devices,
            ..self
        }
    }

    /// Reads the current state of a GPU. A GPU without MIG counts as one with MIG mode off. MIG devices that can't be read are left
    /// out: nothing that is restored depends on them.
    ///
    /// # Errors
    ///
    /// As [`Device::gpu_instances`].
    pub fn read(device: &Device) -> Result<Self, Error> {
        Self::from_inventory(&Inventory::read(device)?)
    }

    /// Creates a snapshot from an inventory that was read earlier.
    ///
    /// # Errors
    ///
    /// As [`Inventory::uuid`], [`Inventory::name`], [`Inventory::pci_info`] and [`Inventory::gpu_instances`].
    pub fn from_inventory(inventory: &Inventory) -> Result<Self, Error> {
        let is_enabled = |modes: MigModes| modes.current() == MigMode::Enabled;
        let pending = |modes: MigModes| {
            let is_pending = modes.pending() != modes.current();
            is_pending.then_some(modes.pending() == MigMode::Enabled)
        };
        Ok(Self {
            uuid: inventory.uuid()?,
            pci_bus_id: inventory.pci_info()?.bus_id,
            name: inventory.name()?,
            mig_enabled: inventory.mig_modes().is_some_and(is_enabled),
            pending_mig_enabled: inventory.mig_modes().and_then(pending),
            gpu_instances: inventory.partition()?,
            mig_devices: mig_devices(inventory),
        })
    }

    /// Returns the target that restores this state: the same profiles at the same placements. Compute instances that are created
    /// get the ids of before if that is possible, and their MIG devices the same UUIDs. Of a pending change of MIG mode, the new
    /// mode counts.
    ///
    /// It has the ids of the profiles. [`Snapshot::plans`](super::Snapshot::plans) also checks that the driver still gives these
    /// ids to the profiles of before.
    #[must_use]
    pub fn target(&self) -> GpuTarget {
        if !self.pending_mig_enabled.unwrap_or(self.mig_enabled) {
            return GpuTarget::MigDisabled;
        }
        let mut ids = self.ids();
        let gpu_instances = self.gpu_instances.iter();
        let entries = gpu_instances.map(|gpu_instance| {
            let entry = LayoutGpuInstance::from(gpu_instance);
            if gpu_instance.compute_instances.is_empty() {
                return entry;
            }
            with_ids(entry, &ids.pop_front().unwrap_or_default())
        });
        entries.collect::<Layout>().into()
    }

    /// Returns the ids of the compute instances, for each GPU instance that has any.
    fn ids(&self) -> VecDeque<Vec<ComputeInstanceId>> {
        let mut mig_devices: Vec<_> = self.mig_devices.iter().collect();
        mig_devices.sort_by_key(|of| (of.gpu_instance_id, of.compute_instance_id));
        let in_one = mig_devices.chunk_by(|a, b| a.gpu_instance_id == b.gpu_instance_id);
        in_one
            .map(|inside| inside.iter().map(|of| of.compute_instance_id).collect())
            .collect()
    }

    /// Returns whether the two GPUs are partitioned alike: the same MIG modes, and the same instances at the same placements,
    /// regardless of order, ids and UUIDs.
    #[must_use]
    pub fn is_alike(&self, other: &Self) -> bool {
        let modes = |gpu: &Self| (gpu.mig_enabled, gpu.pending_mig_enabled);
        modes(self) == modes(other)
            && PlacedGpuInstance::are_same(&self.gpu_instances, &other.gpu_instances)
    }
}

/// Adds the ids, if they are not those that the driver gives anyway. If not all MIG devices could be read, they are not known.
fn with_ids(entry: LayoutGpuInstance, ids: &[ComputeInstanceId]) -> LayoutGpuInstance {
    let inside = entry.compute_instances().unwrap_or_default().to_vec();
    let is_ordinary = (0..).zip(ids).all(|(number, id)| id.number() == number);
    if is_ordinary || inside.len() != ids.len() {
        return entry;
    }
    let inside = inside.into_iter().zip(ids);
    entry.with_compute_instances(inside.map(|(inside, id)| inside.with_preferred_id(*id)))
}

/// What is restored are the instances, so a MIG device that can't be read is no error here.
fn mig_devices(inventory: &Inventory) -> Vec<MigDeviceSnapshot> {
    let each = inventory.each_mig_device().into_iter().flatten();
    let read = each.filter_map(|(_, mig_device)| mig_device.ok());
    read.map(Into::into).collect()
}
