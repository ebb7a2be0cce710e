//! The process that holds the lock.

use core::fmt;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::quoted::Quoted;

/// The process that holds the lock, by the kernel's list or as it wrote it into the lock file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct LockHolder {
    /// Its process id: in the PID namespace of this process, or in its own if it is elsewhere.
    pub pid: u32,
    /// When it took the lock; `None` if it did not say, as another program.
    pub since: Option<SystemTime>,
    /// The host name of a process in another PID namespace, such as that of a container. `None` if it is in this one.
    pub elsewhere: Option<String>,
}

impl LockHolder {
    /// Creates a holder in the PID namespace of this process, for example in a test.
    #[must_use]
    pub const fn new(pid: u32) -> Self {
        Self {
            pid,
            since: None,
            elsewhere: None,
        }
    }

    /// Sets when it took the lock.
    #[must_use]
    pub fn with_since(self, since: SystemTime) -> Self {
        let since = Some(since);
        Self { since, ..self }
    }

    /// Sets the host name of a process in another PID namespace.
    #[must_use]
    pub fn with_elsewhere(self, host: impl Into<String>) -> Self {
        let elsewhere = Some(host.into());
        Self { elsewhere, ..self }
    }

    /// The line of this process, such as `pid 4242 since 1795896923 in pid:[4026531836] on node-1`: seconds since 1970, the PID
    /// namespace, and the host name, which is that of the pod in Kubernetes.
    pub(super) fn line_of_this_process() -> String {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let (pid, since) = (std::process::id(), since.unwrap_or_default().as_secs());
        let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let (namespace, host) = (pid_namespace(), host.trim());
        format!("pid {pid} since {since} in {namespace} on {host}\n")
    }

    /// Returns the holder in a line; `None` if the process is known to have ended without removing it.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let (pid, rest) = line
            .trim_end()
            .strip_prefix("pid ")?
            .split_once(" since ")?;
        let (since, place) = rest.split_once(" in ")?;
        let (namespace, host) = place.split_once(" on").unwrap_or((place, ""));
        let since = UNIX_EPOCH.checked_add(Duration::from_secs(since.parse().ok()?))?;
        let holder = Self::new(pid.parse().ok()?).with_since(since);
        if namespace != pid_namespace() {
            return Some(holder.with_elsewhere(host.trim()));
        }
        let has_ended = !Path::new(&format!("/proc/{}", holder.pid)).exists();
        (!has_ended).then_some(holder)
    }
}

/// The PID namespace of this process; empty if the system does not tell. In another one, the same number is another process.
pub(super) fn pid_namespace() -> String {
    let namespace = fs::read_link("/proc/self/ns/pid");
    namespace.map_or_else(|_| String::new(), |link| link.display().to_string())
}

/// Prints, for example, `process 4242, for 12 seconds` or `process 1 of a container or host named 'agent-x7k', for 12 seconds`.
impl fmt::Display for LockHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {}", self.pid)?;
        match self.elsewhere.as_deref() {
            None => {}
            Some("") => f.write_str(" in another PID namespace, such as that of a container")?,
            Some(host) => write!(f, " of a container or host named '{}'", Quoted(host))?,
        }
        if let Some(since) = self.since {
            let held = since.elapsed().unwrap_or_default();
            write!(f, ", for {} seconds", held.as_secs())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::LockHolder;

    /// The number of a process is its own only in its PID namespace.
    #[test]
    fn a_holder_in_a_container_is_named_by_its_host() {
        for (line, expected) in [
            (
                "pid 1 since 7 in pid:[1] on agent-x7k",
                "process 1 of a container or host named 'agent-x7k', for ",
            ),
            (
                "pid 1 since 7 in pid:[1] on ",
                "process 1 in another PID namespace, such as that of a container, for ",
            ),
        ] {
            let holder = LockHolder::parse(line).map(|holder| holder.to_string());
            assert!(
                holder.as_ref().is_some_and(|it| it.starts_with(expected)),
                "{holder:?}"
            );
        }
    }
}
