//! A GPU as data.

use crate::apply::GpuTarget;
use crate::error::Error;
use crate::inventory::Inventory;
use crate::plan::{Layout, PlacedGpuInstance};
use crate::query::{Device, MigMode, MigModes};

/// A GPU as it is at one time: MIG mode and all instances, with their places.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct GpuSnapshot {
    /// Its UUID.
    pub uuid: String,
    /// Its PCI address, such as `00000000:17:00.0`.
    pub pci_bus_id: String,
    /// Its product name, such as `NVIDIA A30`: a profile id means something on GPUs of one model only.
    pub name: String,
    /// Whether MIG mode is on. A mode that waits for a reset does not count.
    pub mig_enabled: bool,
    /// Its GPU instances, in the order of their ids.
    pub gpu_instances: Vec<PlacedGpuInstance>,
}

impl GpuSnapshot {
    /// A GPU with MIG mode off: its UUID, its PCI address such as `00000000:17:00.0`, and its product name.
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
            gpu_instances: Vec::new(),
        }
    }

    /// The same with MIG mode on, and these GPU instances.
    #[must_use]
    pub fn with_gpu_instances(self, gpu_instances: Vec<PlacedGpuInstance>) -> Self {
        Self {
            mig_enabled: true,
            gpu_instances,
            ..self
        }
    }

    /// What this GPU is now. A GPU without MIG is one with MIG mode off.
    ///
    /// # Errors
    ///
    /// As [`Device::gpu_instances`].
    pub fn read(device: &Device) -> Result<Self, Error> {
        Self::from_inventory(&Inventory::read(device)?)
    }

    /// The GPU of a reading.
    ///
    /// # Errors
    ///
    /// As [`Inventory::uuid`], [`Inventory::name`] and [`Inventory::pci_info`].
    pub fn from_inventory(inventory: &Inventory) -> Result<Self, Error> {
        let is_enabled = |modes: MigModes| modes.current() == MigMode::Enabled;
        Ok(Self {
            uuid: inventory.uuid()?,
            pci_bus_id: inventory.pci_info()?.bus_id,
            name: inventory.name()?,
            mig_enabled: inventory.mig_modes().is_some_and(is_enabled),
            gpu_instances: inventory.partition(),
        })
    }

    /// What a GPU must become to be as this one was: the same profiles in the same places.
    #[must_use]
    pub fn target(&self) -> GpuTarget {
        if !self.mig_enabled {
            return GpuTarget::MigDisabled;
        }
        let layout: Layout = self.gpu_instances.iter().map(Into::into).collect();
        layout.into()
    }

    /// Whether the two GPUs are partitioned alike: MIG mode, and the same instances in the same places, in whatever
    /// order and under whatever ids.
    #[must_use]
    pub fn is_alike(&self, other: &Self) -> bool {
        self.mig_enabled == other.mig_enabled
            && PlacedGpuInstance::are_same(&self.gpu_instances, &other.gpu_instances)
    }
}
