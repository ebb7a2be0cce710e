//! Finds the process that holds a lock: by the kernel's list, and by what the process wrote into the file.

use std::fs::{self, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::lock_error::LockError;
use super::lock_file::{self, LockMode};
use super::lock_holder::{LockHolder, pid_namespace};
use super::private_file;

/// A lock file that exists.
struct Found {
    /// The holders that the kernel lists.
    pids: Vec<u32>,
    /// The holder as it wrote itself.
    written: Option<LockHolder>,
}

/// The first PID namespace, in which the kernel lists all locks (`PROC_PID_INIT_INO` in Linux's `proc_ns.h`).
const FIRST_NAMESPACE: &str = "pid:[4026531836]";

/// Returns a process that holds one of these locks in a way that excludes these modes. The kernel does not list processes of other
/// PID namespaces, and names no process that has handed its lock to another.
pub(super) fn holder(files: &[(PathBuf, LockMode)]) -> Result<Option<LockHolder>, LockError> {
    let locks = fs::read_to_string("/proc/locks").ok();
    let mut found = Vec::new();
    for (path, mode) in files {
        let file = read(path, *mode, locks.as_deref());
        found.extend(file.map_err(|source| LockError::new(path, source))?);
    }
    let listed = found.iter().find_map(Found::listed);
    Ok(listed.or_else(|| found.into_iter().find_map(|file| file.written)))
}

/// Returns all lock files in a folder, that of the machine first.
pub(super) fn all(folder: &Path) -> Result<Vec<PathBuf>, LockError> {
    let in_folder = |source| LockError::new(folder, source);
    lock_file::prepare(folder).map_err(in_folder)?;
    let mut paths = vec![folder.join("lock")];
    for entry in fs::read_dir(folder).map_err(in_folder)? {
        let path = entry.map_err(in_folder)?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "lock")
        {
            paths.push(path);
        }
    }
    Ok(paths)
}

impl Found {
    fn listed(&self) -> Option<LockHolder> {
        let pid = *self.pids.first()?;
        let written = self.written.as_ref();
        let own = written.filter(|written| is_number_of(pid, written.pid));
        let mut holder = LockHolder::new(pid);
        holder.since = own.and_then(|written| written.since);
        Some(holder)
    }
}

/// Whether a process has this number too, as that of a container has in its own PID namespace.
fn is_number_of(pid: u32, number: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let mut lines = status.lines();
    let numbers = lines.find_map(|line| line.strip_prefix("NSpid:"));
    let mut numbers = numbers.unwrap_or_default().split_whitespace();
    pid == number || numbers.any(|own| own.parse() == Ok(number))
}

/// Reads at most 4 KiB of a file; text that is not UTF-8 is no holder's.
fn read(path: &Path, mode: LockMode, locks: Option<&str>) -> io::Result<Option<Found>> {
    let file = match private_file::open(path, OpenOptions::new().read(true)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let metadata = file.metadata()?;
    let pids = holders(locks.unwrap_or_default(), &metadata, mode);
    let mut bytes = Vec::new();
    file.take(4096).read_to_end(&mut bytes)?;
    let written = LockHolder::parse(&String::from_utf8_lossy(&bytes));
    // One of a container that was killed could not remove what it wrote.
    let written = written.filter(|written| {
        written.elsewhere.is_none() || !is_free(locks, &pid_namespace(), metadata.ino())
    });
    Ok(Some(Found { pids, written }))
}

/// Whether the kernel's list shows that nobody holds a lock of the file with this inode. The device is not compared, since the list
/// has another number for it on some file systems.
fn is_free(locks: Option<&str>, namespace: &str, inode: u64) -> bool {
    let ending = format!(":{inode}");
    let is_of_file = |line: &str| line.split_whitespace().any(|word| word.ends_with(&ending));
    namespace == FIRST_NAMESPACE && locks.is_some_and(|locks| !locks.lines().any(is_of_file))
}

/// Returns the processes in `/proc/locks` that hold a lock of this file which excludes this mode. A line is, for example,
/// `2: FLOCK  ADVISORY  WRITE 4242 fe:00:5309634 0 EOF`; one of a process that waits has `->` after its number.
#[cfg(target_os = "linux")]
fn holders(locks: &str, file: &Metadata, mode: LockMode) -> Vec<u32> {
    let (major, minor) = (rustix::fs::major(file.dev()), rustix::fs::minor(file.dev()));
    let name = format!("{major:02x}:{minor:02x}:{}", file.ino());
    let holder = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [_, "FLOCK", _, held, pid, found, ..] if *found == name => {
                let excludes = mode == LockMode::Exclusive || *held == "WRITE";
                pid.parse().ok().filter(|_| excludes)
            }
            _ => None,
        }
    };
    locks.lines().filter_map(holder).collect()
}

#[cfg(not(target_os = "linux"))]
fn holders(_: &str, _: &Metadata, _: LockMode) -> Vec<u32> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::{FIRST_NAMESPACE, is_free};

    const LOCKS: &str = "1: POSIX  ADVISORY  WRITE 812 00:1a:77 0 EOF\n\
                         2: FLOCK  ADVISORY  WRITE 4242 fe:00:5309634 0 EOF\n";

    #[test]
    fn a_lock_is_free_only_if_the_kernel_lists_all_and_not_this() {
        assert!(is_free(Some(LOCKS), FIRST_NAMESPACE, 634));
        assert!(is_free(Some(""), FIRST_NAMESPACE, 5309634));
        assert!(!is_free(Some(LOCKS), FIRST_NAMESPACE, 5309634));
        assert!(!is_free(Some(LOCKS), "pid:[4026532999]", 634));
        assert!(!is_free(None, FIRST_NAMESPACE, 634));
    }
}
