//! A filter that selects GPU models by PCI id.

use core::fmt;

use super::scalar::integer;
use crate::query::PciInfo;

/// NVIDIA's vendor id.
const NVIDIA: u32 = 0x10DE;

/// A model of GPU by its PCI ids, each with the vendor's in the lower half, as NVML gives them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PciFilter {
    device: u32,
    /// Subsystem id, which depends on the board maker; `None` matches all.
    subsystem: Option<u32>,
}

impl PciFilter {
    pub(super) const fn of(pci: &PciInfo) -> Self {
        Self {
            device: pci.device_id,
            subsystem: None,
        }
    }

    /// Parses a filter such as `0x20B010DE` or `0x20B010DE:0x145F10DE`; returns `None` for a text that matches no GPU of
    /// NVIDIA.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (device, subsystem) = match text.split_once(':') {
            Some((device, subsystem)) => (device, Some(id(subsystem)?)),
            None => (text, None),
        };
        let device = id(device).filter(|id| id & 0xFFFF == NVIDIA)?;
        Some(Self { device, subsystem })
    }

    /// Returns the filter as it is in a file, without quotes.
    pub(super) fn text(self) -> String {
        let device = format!("0x{:08X}", self.device);
        match self.subsystem {
            None => device,
            Some(subsystem) => format!("{device}:0x{subsystem:08X}"),
        }
    }

    pub(super) fn means(self, pci: &PciInfo) -> bool {
        let of_any = self.subsystem.is_none();
        self.device == pci.device_id && (of_any || self.subsystem == Some(pci.subsystem_id))
    }
}

/// Parses a number of 32 bits in base 10 or, with a prefix, another, as mig-parted does.
fn id(text: &str) -> Option<u32> {
    let is_number = text.starts_with(|c: char| c.is_ascii_digit());
    let id = is_number.then(|| integer(text))??;
    u32::try_from(id).ok()
}

/// Prints it in quotes: YAML would read it as a number otherwise.
impl fmt::Display for PciFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.text())
    }
}
