//! A mount namespace for this process.

use std::fs;
use std::io;

use nix::sched::{CloneFlags, unshare};
use rustix::mount::{MountPropagationFlags, mount_change};
use rustix::process::{getegid, geteuid};

/// Moves this process into a mount namespace of its own. Without the privilege for that, it also gets a user namespace,
/// in which it is root, like `unshare --user --map-root-user --mount`.
pub(super) fn enter() -> io::Result<()> {
    let (user, group) = (geteuid(), getegid());
    // Root in a container may lack the privilege.
    if !user.is_root() || unshare(CloneFlags::CLONE_NEWNS).is_err() {
        unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNS)?;
        // Required before an unprivileged user may map a group.
        fs::write("/proc/self/setgroups", "deny")?;
        fs::write("/proc/self/uid_map", format!("0 {} 1", user.as_raw()))?;
        fs::write("/proc/self/gid_map", format!("0 {} 1", group.as_raw()))?;
    }
    // The mounts that follow must not reach other namespaces.
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    Ok(mount_change("/", private)?)
}
