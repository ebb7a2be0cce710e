//! Replaces a file atomically: readers see either the old text or the new one.

use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// How many links are followed, as Linux does.
const MAX_LINKS: usize = 40;

/// What a path leads to.
enum Target {
    /// A plain file, or one that does not exist yet, at the end of all links.
    Plain(PathBuf),
    /// A device, a pipe or an open file of a process: it can't be replaced, only written into.
    Other,
}

/// Writes the text and a line break, in a folder that is created if it is missing. Everybody may read the file. A link stays, and the
/// file that it names is replaced; what is not a plain file, such as `/dev/stdout`, is written into.
pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = match target(path)? {
        Target::Plain(path) => path,
        Target::Other => return write_into(path, text),
    };
    let folder = folder(&path);
    fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new()
        .prefix(".nvml-mig-")
        .permissions(Permissions::from_mode(0o644))
        .tempfile_in(folder)?;
    writeln!(file, "{text}")?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// Returns whether a text in the place of another is all that is read: what is not a plain file gets both.
pub(crate) fn is_replaced(path: &Path) -> io::Result<bool> {
    Ok(matches!(target(path)?, Target::Plain(_)))
}

/// Removes the file, if there is one. A link stays, and so does what is not a plain file.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    let Target::Plain(path) = target(path)? else {
        return Ok(());
    };
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// A file that was opened by the caller, as by `>` of a shell, gets the text at its end.
fn write_into(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::options().append(true).open(path)?;
    file.write_all(format!("{text}\n").as_bytes())
}

fn target(path: &Path) -> io::Result<Target> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        let found = match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Target::Plain(path)),
            found => found?,
        };
        if !found.is_symlink() {
            let is_plain = found.is_file();
            return Ok(if is_plain {
                Target::Plain(path)
            } else {
                Target::Other
            });
        }
        let parent = folder(&path);
        // The links there are open files, whose names say nothing.
        if fs::canonicalize(parent)?.starts_with("/proc") {
            return Ok(Target::Other);
        }
        path = parent.join(fs::read_link(&path)?);
    }
    Err(io::Error::other("too many symbolic links"))
}

fn folder(path: &Path) -> &Path {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or_else(|| Path::new("."))
}
