//! A UUID, or the beginning of one.

use core::fmt;

/// Length of a UUID with its dashes.
const COMPLETE: usize = 36;

/// Positions of the dashes.
const DASHES: [usize; 4] = [8, 13, 18, 23];

/// The digits of a UUID or of its beginning, in lower case and with dashes, as NVML prints them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct UuidStart {
    digits: String,
}

impl UuidStart {
    /// Parses at least one digit, in any case; returns `None` for anything else.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let fits = |(at, byte): (usize, u8)| match DASHES.contains(&at) {
            true => byte == b'-',
            false => byte.is_ascii_hexdigit(),
        };
        let is_start = (1..=COMPLETE).contains(&text.len()) && text.bytes().enumerate().all(fits);
        is_start.then(|| Self {
            digits: text.to_ascii_lowercase(),
        })
    }

    pub(super) fn is_complete(&self) -> bool {
        self.digits.len() == COMPLETE
    }

    /// Whether the UUID after this prefix, such as `GPU-`, begins so.
    pub(super) fn begins(&self, uuid: &str, prefix: &str) -> bool {
        let digits = uuid.strip_prefix(prefix).unwrap_or_default();
        let start = digits.get(..self.digits.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(&self.digits))
    }
}

impl fmt::Display for UuidStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.digits)
    }
}
