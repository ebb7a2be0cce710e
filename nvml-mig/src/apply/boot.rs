//! The boot of the machine.

use std::fs;

/// The random id that Linux gives each boot.
const FILE: &str = "/proc/sys/kernel/random/boot_id";

/// A boot of the machine.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub(super) struct Boot(Option<String>);

impl Boot {
    /// The current boot; unknown if the system does not tell.
    pub(super) fn current() -> Self {
        let id = fs::read_to_string(FILE);
        Self(id.ok().map(|id| id.trim().to_owned()))
    }

    /// Whether the machine has not been booted since, as far as the system tells.
    pub(super) fn is_current(&self) -> bool {
        *self == Self::current()
    }
}
