//! A filter that selects GPU models by PCI id.

use core::fmt;

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

    /// Parses a filter such as `0x20B010DE` or `0x20B010DE:0x145F10DE`; returns `None` for anything else, and for ids
    /// of other vendors.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (device, subsystem) = match text.split_once(':') {
            Some((device, subsystem)) => (device, Some(id(subsystem)?)),
            None => (text, None),
        };
        let device = id(device).filter(|id| id & 0xFFFF == NVIDIA)?;
        Some(Self { device, subsystem })
    }

    pub(super) fn means(self, pci: &PciInfo) -> bool {
        let of_any = self.subsystem.is_none();
        self.device == pci.device_id && (of_any || self.subsystem == Some(pci.subsystem_id))
    }
}

fn id(text: &str) -> Option<u32> {
    let digits = text
        .strip_prefix("0x")
        .or_else(|| text.strip_prefix("0X"))?;
    let is_id = (5..=8).contains(&digits.len()) && digits.bytes().all(|c| c.is_ascii_hexdigit());
    is_id
        .then(|| u32::from_str_radix(digits, 16).ok())
        .flatten()
}

/// Prints it in quotes: YAML would read it as a number otherwise.
impl fmt::Display for PciFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"0x{:08X}", self.device)?;
        if let Some(subsystem) = self.subsystem {
            write!(f, ":0x{subsystem:08X}")?;
        }
        f.write_str("\"")
    }
}
