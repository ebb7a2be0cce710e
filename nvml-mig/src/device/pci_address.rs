//! The text of a PCI address.

use core::fmt;

/// A PCI address. All numbers of its text are hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct PciAddress {
    domain: u32,
    bus: u32,
    device: u32,
    function: u32,
}

impl PciAddress {
    /// Parses `[domain:]bus:device.function`; returns `None` for anything else. The function may be missing after a
    /// domain; it is then 0. Without both, the text would look like a GPU and a MIG device.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (place, function) = match text.split_once('.') {
            Some((place, function)) => (place, number(function, 1, 7)?),
            None if text.matches(':').count() == 2 => (text, 0),
            None => return None,
        };
        let (rest, device) = place.rsplit_once(':')?;
        let (domain, bus) = rest.rsplit_once(':').unwrap_or(("0", rest));
        Some(Self {
            domain: number(domain, 8, u32::MAX)?,
            bus: number(bus, 2, 0xFF)?,
            device: number(device, 2, 0x1F)?,
            function,
        })
    }
}

/// A hexadecimal number of at most so many digits.
fn number(text: &str, most_digits: usize, most: u32) -> Option<u32> {
    let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = u32::from_str_radix(text, 16).ok()?;
    (is_hex && text.len() <= most_digits && number <= most).then_some(number)
}

/// Prints it as NVML does, with a domain of eight digits.
impl fmt::Display for PciAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            domain,
            bus,
            device,
            function,
        } = self;
        write!(f, "{domain:08X}:{bus:02X}:{device:02X}.{function}")
    }
}
