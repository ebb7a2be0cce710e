//! The lock's folder and file: what root may trust.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Opens the lock file, and creates it and its folder if they do not exist. Fails for a folder in which others could replace
/// the file or the journal, and for a file that is not a plain file.
pub(super) fn open(folder: &Path, file: &Path) -> io::Result<File> {
    create(folder)?;
    check_folder(&fs::symlink_metadata(folder)?)?;
    let opened = options().open(file).map_err(not_followed)?;
    if opened.metadata()?.is_file() {
        Ok(opened)
    } else {
        Err(refused("it is not a plain file; remove it"))
    }
}

/// Whether the path still names this file. Another process may have deleted or replaced it before it was locked.
pub(super) fn is_still_at(file: &File, path: &Path) -> io::Result<bool> {
    let named = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        named => named?,
    };
    Ok(is_same_file(&file.metadata()?, &named))
}

/// Replaces the content of a file that this process has locked.
pub(super) fn write(mut file: &File, text: &str) -> io::Result<()> {
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(text.as_bytes())
}

/// Reads at most 4 KiB of a file.
pub(super) fn read(mut file: &File) -> io::Result<String> {
    let mut text = String::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(4096).read_to_string(&mut text)?;
    Ok(text)
}

fn refused(problem: &'static str) -> io::Error {
    io::Error::new(ErrorKind::PermissionDenied, problem)
}

/// Its parents get the usual mode, and the folder itself one that does not depend on the umask.
fn create(folder: &Path) -> io::Result<()> {
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent)?;
    }
    match DirBuilder::new().create(folder) {
        Ok(()) => make_private(folder),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(target_os = "linux")]
fn make_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))
}

#[cfg(target_os = "linux")]
fn check_folder(folder: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;

    const WRITABLE_BY_OTHERS: u32 = 0o022;
    if !folder.is_dir() {
        return Err(refused(
            "its folder is a link or a file; use the folder itself",
        ));
    }
    if folder.uid() != rustix::process::geteuid().as_raw() {
        return Err(refused(
            "its folder belongs to another user; use a folder of this user",
        ));
    }
    if folder.mode() & WRITABLE_BY_OTHERS != 0 {
        return Err(refused(
            "its folder can be written by others; use `chmod go-w`, or another folder",
        ));
    }
    Ok(())
}

/// A link is not followed, and a FIFO does not block.
#[cfg(target_os = "linux")]
fn options() -> OpenOptions {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;

    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).read(true).write(true);
    options.mode(0o644).custom_flags(flags.bits().cast_signed());
    options
}

#[cfg(target_os = "linux")]
fn not_followed(error: io::Error) -> io::Error {
    if rustix::io::Errno::from_io_error(&error) == Some(rustix::io::Errno::LOOP) {
        return refused("it is a symbolic link; remove it");
    }
    error
}

#[cfg(target_os = "linux")]
fn is_same_file(opened: &Metadata, named: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    (opened.dev(), opened.ino()) == (named.dev(), named.ino())
}

#[cfg(not(target_os = "linux"))]
fn make_private(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn check_folder(_: &Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).read(true).write(true);
    options
}

#[cfg(not(target_os = "linux"))]
fn not_followed(error: io::Error) -> io::Error {
    error
}

#[cfg(not(target_os = "linux"))]
fn is_same_file(_: &Metadata, _: &Metadata) -> bool {
    true
}
