//! The PCI address of a GPU.

use nvml_mig_sys::nvmlPciInfo_t;

use crate::driver::buffer::string;

/// The PCI address and PCI ids of a GPU.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
#[doc(alias = "nvmlPciInfo_t")]
pub struct PciInfo {
    /// `domain:bus:device.0` with a domain of eight hexadecimal digits, as nvidia-smi prints it.
    pub bus_id: String,
    /// PCI domain, such as 0.
    pub domain: u32,
    /// PCI bus in the domain, such as 0x17.
    pub bus: u32,
    /// PCI device on the bus, such as 0.
    pub device: u32,
    /// Device id in the upper, vendor id in the lower 16 bits.
    pub device_id: u32,
    /// Subsystem id in the upper, its vendor id in the lower 16 bits.
    pub subsystem_id: u32,
}

impl PciInfo {
    /// Creates the address of function 0 of this device, without PCI ids, for example in a test.
    ///
    /// # Examples
    ///
    /// ```
    /// use nvml_mig::device::PciInfo;
    ///
    /// let pci = PciInfo::new(0, 0x17, 0).with_device_id(0x20b7_10de);
    /// assert_eq!(pci.bus_id, "00000000:17:00.0");
    /// ```
    #[must_use]
    pub fn new(domain: u32, bus: u32, device: u32) -> Self {
        Self {
            bus_id: format!("{domain:08X}:{bus:02X}:{device:02X}.0"),
            domain,
            bus,
            device,
            device_id: 0,
            subsystem_id: 0,
        }
    }

    /// Sets the device id, in the upper, and the vendor id, in the lower 16 bits.
    #[must_use]
    pub fn with_device_id(self, device_id: u32) -> Self {
        Self { device_id, ..self }
    }

    /// Sets the subsystem id, in the upper, and its vendor id, in the lower 16 bits.
    #[must_use]
    pub fn with_subsystem_id(self, subsystem_id: u32) -> Self {
        Self {
            subsystem_id,
            ..self
        }
    }

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
