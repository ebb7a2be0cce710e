//! Files that only this user writes: what root may trust.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

/// The bits of a mode that let others write.
#[cfg(target_os = "linux")]
pub(super) const WRITABLE_BY_OTHERS: u32 = 0o022;

/// Opens a plain file of this user. Fails for a link, a FIFO or anything else, and for a file that others can write.
pub(super) fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    // To open a device may have an effect.
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        named => check(&named?)?,
    }
    let opened = not_following(options).open(path)?;
    check(&opened.metadata()?)?;
    Ok(opened)
}

fn check(file: &Metadata) -> io::Result<()> {
    if file.is_symlink() {
        return Err(refused("it is a symbolic link; remove it"));
    }
    if !file.is_file() {
        return Err(refused("it is not a plain file; remove it"));
    }
    check_owner(file)
}

/// Reads a file of at most this many bytes.
pub(super) fn read(path: &Path, most: u64) -> io::Result<String> {
    let file = open(path, OpenOptions::new().read(true))?;
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes)?;
    if !u64::try_from(bytes.len()).is_ok_and(|length| length <= most) {
        return Err(io::Error::new(
            ErrorKind::FileTooLarge,
            "it is too large to be one of nvml-mig; move it away",
        ));
    }
    String::from_utf8(bytes).map_err(|_| {
        let problem = "it is not a text, so it is not one of nvml-mig; move it away";
        io::Error::new(ErrorKind::InvalidData, problem)
    })
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
fn check_owner(file: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;

    if file.uid() != rustix::process::geteuid().as_raw() {
        return Err(refused("it belongs to another user; remove it"));
    }
    if file.mode() & WRITABLE_BY_OTHERS != 0 {
        return Err(refused(
            "it can be written by others; remove it, or use `chmod go-w`",
        ));
    }
    // One that is deleted meanwhile has none.
    if file.nlink() > 1 {
        return Err(refused(
            "it has another name too, as a hard link; remove it",
        ));
    }
    Ok(())
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
fn check_owner(_: &Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::collections::BTreeMap;
    use std::fs::{self, OpenOptions};
    use std::os::unix::fs::symlink;

    use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};

    use super::{not_following, remove_for_good, replace};

    /// From now on, `fsync` fails in this thread, as on a disk that is broken.
    fn refuse_to_sync() {
        let fsync = if cfg!(target_arch = "aarch64") {
            82
        } else {
            74
        };
        let rules = BTreeMap::from([(fsync, Vec::new())]);
        let architecture = std::env::consts::ARCH.try_into().unwrap();
        let (allow, refuse) = (SeccompAction::Allow, SeccompAction::Errno(5));
        let filter = SeccompFilter::new(rules, allow, refuse, architecture).unwrap();
        let program: BpfProgram = filter.try_into().unwrap();
        seccompiler::apply_filter(&program).unwrap();
    }

    /// A text that is not on the disk does not take the place of one that is.
    #[test]
    fn a_text_is_on_the_disk_before_it_has_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        replace(&path, "old").unwrap();
        std::thread::scope(|scope| {
            let failed = scope.spawn(|| {
                refuse_to_sync();
                (replace(&path, "new").is_err(), fs::read_to_string(&path))
            });
            let (replaced, read) = failed.join().unwrap();
            assert!(replaced);
            assert_eq!(read.unwrap(), "old");
        });
    }

    /// Otherwise a power failure could bring it back.
    #[test]
    fn a_removal_that_is_not_on_the_disk_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        replace(&path, "old").unwrap();
        std::thread::scope(|scope| {
            let removed = scope.spawn(|| {
                refuse_to_sync();
                remove_for_good(&path)
            });
            assert_eq!(removed.join().unwrap().unwrap_err().raw_os_error(), Some(5));
        });
    }

    /// Somebody may put it there after the look at the name.
    #[test]
    fn a_link_is_not_followed_by_the_opening_itself() {
        let folder = tempfile::tempdir().unwrap();
        let [file, link] = ["file", "link"].map(|name| folder.path().join(name));
        fs::write(&file, "of another").unwrap();
        symlink(&file, &link).unwrap();
        let writing =
            |path| not_following(OpenOptions::new().write(true).truncate(true)).open(path);
        assert!(writing(&link).is_err());
        assert_eq!(fs::read_to_string(&file).unwrap(), "of another");
        assert!(writing(&file).is_ok());
    }
}
