//! Files that only this user writes: what root may trust.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

/// Opens a plain file. Fails for a link, a FIFO or anything else.
pub(super) fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let opened = not_following(options).open(path).map_err(not_followed)?;
    if opened.metadata()?.is_file() {
        Ok(opened)
    } else {
        Err(refused("it is not a plain file; remove it"))
    }
}

/// Reads a file of at most this many bytes.
pub(super) fn read(path: &Path, most: u64) -> io::Result<String> {
    let file = open(path, OpenOptions::new().read(true))?;
    let mut text = String::new();
    file.take(most + 1).read_to_string(&mut text)?;
    if u64::try_from(text.len()).is_ok_and(|length| length <= most) {
        Ok(text)
    } else {
        Err(io::Error::new(
            ErrorKind::FileTooLarge,
            "it is too large to be one of nvml-mig",
        ))
    }
}

/// Replaces a file, or creates it, so that it has either the old or the new text whenever the machine stops.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let new = path.with_extension("new");
    // A process that was killed may have left one.
    remove(&new)?;
    let mut file = open(&new, OpenOptions::new().write(true).create_new(true))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    sync_folder(path)
}

/// Removes a file if it exists.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Removes a file if it exists, and makes sure that it stays removed if the machine stops.
pub(super) fn remove_for_good(path: &Path) -> io::Result<()> {
    remove(path)?;
    sync_folder(path)
}

pub(super) fn refused(problem: &'static str) -> io::Error {
    io::Error::new(ErrorKind::PermissionDenied, problem)
}

#[cfg(unix)]
fn sync_folder(of: &Path) -> io::Result<()> {
    let folder = of.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// A link is not followed, and a FIFO does not block.
#[cfg(target_os = "linux")]
fn not_following(options: &mut OpenOptions) -> &mut OpenOptions {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;

    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    options.mode(0o644).custom_flags(flags.bits().cast_signed())
}

#[cfg(target_os = "linux")]
fn not_followed(error: io::Error) -> io::Error {
    if rustix::io::Errno::from_io_error(&error) == Some(rustix::io::Errno::LOOP) {
        return refused("it is a symbolic link; remove it");
    }
    error
}

/// Folders can't be synced elsewhere.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn not_following(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

#[cfg(not(target_os = "linux"))]
fn not_followed(error: io::Error) -> io::Error {
    error
}
