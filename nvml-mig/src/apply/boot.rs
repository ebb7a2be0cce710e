//! The boot of the machine, and the load of the driver.

use std::fs;

/// The random id that Linux gives each boot.
const FILE: &str = "/proc/sys/kernel/random/boot_id";

/// The kernel module. Its folder has another inode each time that the module is loaded.
const MODULE: &str = "/sys/module/nvidia";

/// A boot of the machine, such as `3dc8...`, and the load of the driver in it, such as `3dc8... 90210`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub(super) struct Boot(Option<String>);

impl Boot {
    /// The current boot; unknown if the system does not tell.
    pub(super) fn current() -> Self {
        let id = fs::read_to_string(FILE);
        let id = id.map(|id| id.trim().to_owned());
        Self(id.ok().map(|id| match module() {
            Some(module) => format!("{id} {module}"),
            None => id,
        }))
    }

    /// Whether neither the machine was booted nor the driver loaded since, as far as the system tells.
    pub(super) fn is_current(&self) -> bool {
        *self == Self::current()
    }
}

/// The load of the kernel module; `None` if it is not loaded.
#[cfg(unix)]
fn module() -> Option<u64> {
    use std::os::unix::fs::MetadataExt;

    fs::metadata(MODULE).ok().map(|module| module.ino())
}

#[cfg(not(unix))]
fn module() -> Option<u64> {
    None
}
