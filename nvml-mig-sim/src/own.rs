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

/// Makes `options` fail at a symbolic link, and not wait for the other end of a FIFO.
pub(crate) fn without_links(options: &mut OpenOptions) -> &mut OpenOptions {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    options.custom_flags(flags.bits().cast_signed())
}

/// Opens a file of this user, which is created for this user alone; a link and another user's file are refused.
pub(crate) fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let file = without_links(options.mode(0o600)).open(path)?;
    require_own_file(&file.metadata()?, path)?;
    Ok(file)
}

/// Requires that an open file is a regular one of this user that nobody else can write.
pub(crate) fn require_own_file(metadata: &Metadata, path: &Path) -> io::Result<()> {
    if !metadata.is_file() {
        return Err(io::Error::new(
            ErrorKind::InvalidInput,
            "it is not a regular file",
        ));
    }
    require_own(metadata, path)
}

/// Requires that a file or folder belongs to this user, and that no other user can write it.
fn require_own(metadata: &Metadata, path: &Path) -> io::Result<()> {
    let (owner, user) = (metadata.uid(), rustix::process::geteuid().as_raw());
    if owner != user {
        return Err(refused(format!(
            "it belongs to user {owner}, and this is user {user}"
        )));
    }
    match other_writers(metadata) {
        Some(writers) => Err(refused(format!(
            "it can be written by {writers}; `chmod go-w {}` changes that",
            path.display()
        ))),
        None => Ok(()),
    }
}

/// Returns who else may write a file or folder.
fn other_writers(metadata: &Metadata) -> Option<String> {
    if metadata.mode() & ALL_WRITE != 0 {
        return Some("all users".into());
    }
    let group = metadata.gid();
    // The user's own group usually has no other member, and many systems let it write by default (umask 002).
    let is_shared = group != rustix::process::getegid().as_raw();
    let writes = metadata.mode() & GROUP_WRITE != 0;
    (is_shared && writes).then(|| format!("group {group}"))
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
    if metadata.mode() & STICKY != 0 {
        return Ok(());
    }
    match other_writers(&metadata) {
        Some(writers) => Err(at(&format!("can be written by {writers}"))),
        None => Ok(()),
    }
}

/// Requires that a path is a folder of this user that nobody else can write, not a link to one. Returns whether it
/// exists.
pub(crate) fn is_own_folder(path: &Path) -> io::Result<bool> {
    let metadata = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        found => found?,
    };
    if !metadata.is_dir() {
        return Err(refused(format!("{} is not a folder", path.display())));
    }
    let own = require_own(&metadata, path);
    own.map_err(|error| refused(format!("{}: {error}", path.display())))?;
    Ok(true)
}

/// Creates a folder of this user, unless it exists; a link and a folder that others can write are refused.
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
