//! The process that holds the lock.

use core::fmt;
use std::path::Path;
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

    /// Such as `pid 4242 since 1795896923 in pid:[4026531836]`: seconds since 1970, and the PID namespace.
    pub(super) fn line(&self) -> String {
        let since = self.since.duration_since(UNIX_EPOCH).unwrap_or_default();
        let (pid, since) = (self.pid, since.as_secs());
        format!("pid {pid} since {since} in {}\n", pid_namespace())
    }

    /// Returns the holder in a line; `None` if the process is known to have ended without removing it.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let (pid, rest) = line
            .trim_end()
            .strip_prefix("pid ")?
            .split_once(" since ")?;
        let (since, namespace) = rest.split_once(" in ")?;
        let since = UNIX_EPOCH.checked_add(Duration::from_secs(since.parse().ok()?))?;
        let pid: u32 = pid.parse().ok()?;
        let has_ended =
            namespace == pid_namespace() && !Path::new(&format!("/proc/{pid}")).exists();
        (!has_ended).then(|| Self::new(pid, since))
    }
}

/// The PID namespace of this process; empty if the system does not tell. In another one, the same number is another process.
fn pid_namespace() -> String {
    let namespace = std::fs::read_link("/proc/self/ns/pid");
    namespace.map_or_else(|_| String::new(), |link| link.display().to_string())
}

/// Prints, for example, `process 4242, for 12 seconds`.
impl fmt::Display for LockHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = self.since.elapsed().unwrap_or_default();
        write!(f, "process {}, for {} seconds", self.pid, held.as_secs())
    }
}
