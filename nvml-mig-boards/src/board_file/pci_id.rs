//! PCI IDs, written as in `lspci -n`.

use serde::{Deserialize, Serialize};

/// A vendor ID and a device ID, written as `10de:20b7`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PciId {
    /// The vendor; NVIDIA is 0x10de.
    pub vendor: u16,
    /// The vendor's number of the device.
    pub device: u16,
}

impl PciId {
    /// Splits NVML's number, with the device in the upper 16 bits.
    #[must_use]
    pub fn from_nvml(number: u32) -> Self {
        let [a, b, c, d] = number.to_be_bytes();
        Self {
            vendor: u16::from_be_bytes([c, d]),
            device: u16::from_be_bytes([a, b]),
        }
    }

    /// Returns NVML's number.
    #[must_use]
    pub fn to_nvml(self) -> u32 {
        u32::from(self.device) << 16 | u32::from(self.vendor)
    }
}

impl TryFrom<String> for PciId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let number = |digits: &str| {
            let are_digits = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            let digits = Some(digits).filter(|digits| digits.len() == 4 && are_digits)?;
            u16::from_str_radix(digits, 16).ok()
        };
        let parts = text.split_once(':');
        parts
            .and_then(|(vendor, device)| {
                Some(Self {
                    vendor: number(vendor)?,
                    device: number(device)?,
                })
            })
            .ok_or_else(|| format!("`{text}` is not a PCI ID such as 10de:20b7"))
    }
}

impl From<PciId> for String {
    fn from(id: PciId) -> Self {
        format!("{:04x}:{:04x}", id.vendor, id.device)
    }
}
