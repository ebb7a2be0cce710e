//! Refuses the files of other users. A user who can write a state file or its folder decides which library a program
//! loads and which folders are emptied; this matters most to root.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;

/// Write permission for all users and for a group, and the bit that keeps them from replacing each other's files.
const ALL_WRITE: u32 = 0o002;
const GROUP_WRITE: u32 = 0o020;
const STICKY: u32 = 0o1000;

/// Makes `options` fail at a symbolic link.
pub(crate) fn without_links(options: &mut OpenOptions) -> &mut OpenOptions {
    options.custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
}

/// Opens a file of this user; a link and another user's file are refused.
pub(crate) fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    // Other users read it at most, whatever the umask is.
    let file = without_links(options.mode(0o644)).open(path)?;
    require_own(&file.metadata()?)?;
    Ok(file)
}

/// Requires that an open file belongs to this user.
pub(crate) fn require_own(metadata: &Metadata) -> io::Result<()> {
    let (owner, user) = (metadata.uid(), rustix::process::geteuid().as_raw());
    if owner == user {
        return Ok(());
    }
    Err(refused(format!(
        "it belongs to user {owner}, and this is user {user}"
    )))
}

/// Requires that no other user can replace the files in a folder.
pub(crate) fn require_safe_folder(folder: &Path) -> io::Result<()> {
    let metadata = fs::metadata(folder)?;
    let at = |why: &str| refused(format!("the folder {} {why}", folder.display()));
    let (owner, user) = (metadata.uid(), rustix::process::geteuid().as_raw());
    if owner != user && owner != 0 {
        return Err(at(&format!(
            "belongs to user {owner}, and this is user {user}"
        )));
    }
    if metadata.mode() & (ALL_WRITE | STICKY) == ALL_WRITE {
        return Err(at("can be written by all users"));
    }
    let group = metadata.gid();
    // The user's own group usually has no other member, and many systems let it write by default (umask 002).
    let is_shared = group != rustix::process::getegid().as_raw();
    if is_shared && metadata.mode() & (GROUP_WRITE | STICKY) == GROUP_WRITE {
        return Err(at(&format!("can be written by group {group}")));
    }
    Ok(())
}

/// Requires that a path is a folder of this user, not a link to one. Returns whether it exists.
pub(crate) fn is_own_folder(path: &Path) -> io::Result<bool> {
    let metadata = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        found => found?,
    };
    if !metadata.is_dir() {
        return Err(refused(format!("{} is not a folder", path.display())));
    }
    require_own(&metadata).map_err(|error| refused(format!("{}: {error}", path.display())))?;
    Ok(true)
}

/// Creates a folder of this user, unless it exists; a link and another user's folder are refused.
pub(crate) fn create_own_folder(path: &Path) -> io::Result<()> {
    if is_own_folder(path)? {
        return Ok(());
    }
    create_folder(path)
}

/// Creates a folder, and those above it that are missing, for this user alone.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

fn refused(why: String) -> io::Error {
    io::Error::new(ErrorKind::PermissionDenied, why)
}
