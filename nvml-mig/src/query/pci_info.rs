//! The PCI address of a GPU.

use nvml_mig_sys::nvmlPciInfo_t;

use crate::driver::buffer::string;

/// The PCI address and PCI ids of a GPU.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
#[doc(alias = "nvmlPciInfo_t")]
pub struct PciInfo {
    /// `domain:bus:device.0` with a domain of eight hexadecimal digits, as nvidia-smi prints it.
    pub bus_id: String,
    /// Domain.
    pub domain: u32,
    /// Bus.
    pub bus: u32,
    /// Device on the bus.
    pub device: u32,
    /// Device id in the upper, vendor id in the lower 16 bits.
    pub device_id: u32,
    /// Subsystem id in the upper, its vendor id in the lower 16 bits.
    pub subsystem_id: u32,
}

impl PciInfo {
    pub(crate) fn from_raw(raw: &nvmlPciInfo_t) -> Self {
        Self {
            bus_id: string(&raw.busId),
            domain: raw.domain,
            bus: raw.bus,
            device: raw.device,
            device_id: raw.pciDeviceId,
            subsystem_id: raw.pciSubSystemId,
        }
    }
}
