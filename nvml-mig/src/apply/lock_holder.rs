//! The process that holds the lock.

use core::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The process that holds the lock, as it wrote it into the lock file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct LockHolder {
    /// Its process id, in its own PID namespace.
    pub pid: u32,
    /// When it took the lock.
    pub since: SystemTime,
}

impl LockHolder {
    /// Creates a holder, for example in a test.
    #[must_use]
    pub const fn new(pid: u32, since: SystemTime) -> Self {
        Self { pid, since }
    }

    /// This process, now.
    pub(super) fn this_process() -> Self {
        Self::new(std::process::id(), SystemTime::now())
    }

    /// Such as `pid 4242 since 1795896923`, in seconds since 1970.
    pub(super) fn line(&self) -> String {
        let since = self.since.duration_since(UNIX_EPOCH).unwrap_or_default();
        format!("pid {} since {}\n", self.pid, since.as_secs())
    }

    pub(super) fn parse(line: &str) -> Option<Self> {
        let (pid, since) = line
            .trim_end()
            .strip_prefix("pid ")?
            .split_once(" since ")?;
        let since = UNIX_EPOCH.checked_add(Duration::from_secs(since.parse().ok()?))?;
        Some(Self::new(pid.parse().ok()?, since))
    }
}

/// Prints, for example, `process 4242, for 12 seconds`.
impl fmt::Display for LockHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = self.since.elapsed().unwrap_or_default();
        write!(f, "process {}, for {} seconds", self.pid, held.as_secs())
    }
}
