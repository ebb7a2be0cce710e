//! PCI addresses as text.

/// A PCI address: `domain:bus:device.function`, all numbers hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PciAddress {
    pub(crate) domain: u32,
    pub(crate) bus: u32,
    pub(crate) device: u32,
    pub(crate) function: u32,
}

impl PciAddress {
    /// Parses an address, such as `00000000:17:00.0`. The function may be missing; it is then 0.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (domain, rest) = text.split_once(':')?;
        let (bus, rest) = rest.split_once(':')?;
        let (device, function) = rest.split_once('.').unwrap_or((rest, "0"));
        let number = |digits: &str| u32::from_str_radix(digits, 16).ok();
        Some(Self {
            domain: number(domain)?,
            bus: number(bus)?,
            device: number(device)?,
            function: number(function)?,
        })
    }

    /// Parses an address whose domain may be missing too; it is then 0. `lspci` prints such addresses.
    pub(crate) fn parse_short(text: &str) -> Option<Self> {
        match text.matches(':').count() {
            1 => Self::parse(&format!("0:{text}")),
            _ => Self::parse(text),
        }
    }
}
