//! An in-memory file system, in which modified copies of folders are prepared before they are mounted over the
//! originals.

use std::ffi::CStr;
use std::fs::{self, File, FileType};
use std::io::{self, ErrorKind};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use rustix::mount::{MountFlags, UnmountFlags, mount, mount_bind, mount_bind_recursive, unmount};

/// Readable by everybody, like the folders that are covered.
const OPTIONS: &CStr = c"mode=0755";

#[derive(Debug)]
pub(super) struct Stage {
    root: PathBuf,
}

impl Stage {
    /// Mounts the stage on a folder.
    pub(super) fn in_folder(root: &Path) -> io::Result<Self> {
        mount("nvml-mig-sim", root, "tmpfs", MountFlags::NOSUID, OPTIONS)?;
        Ok(Self {
            root: root.to_owned(),
        })
    }

    /// Creates a folder with the same entries as an existing one, without those that `hidden` selects by their path.
    pub(super) fn mirror(
        &self,
        original: &Path,
        name: &str,
        hidden: impl Fn(&Path) -> bool,
    ) -> io::Result<PathBuf> {
        let copy = self.root.join(name);
        fs::create_dir(&copy)?;
        for entry in fs::read_dir(original)? {
            let entry = entry?;
            let path = entry.path();
            if hidden(&path) {
                continue;
            }
            match mirror_entry(&path, entry.file_type()?, &copy.join(entry.file_name())) {
                // Devices come and go.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                done => done?,
            }
        }
        Ok(copy)
    }

    /// Mounts a folder of the stage over another.
    pub(super) fn show(&self, folder: &Path, target: &Path) -> io::Result<()> {
        Ok(mount_bind_recursive(folder, target)?)
    }

    /// Mounts a file with this text over another.
    pub(super) fn show_file(&self, name: &str, text: &str, target: &Path) -> io::Result<()> {
        let file = self.root.join(name);
        fs::write(&file, text)?;
        Ok(mount_bind(&file, target)?)
    }

    /// Unmounts the stage. What it shows elsewhere stays.
    pub(super) fn leave(self) -> io::Result<()> {
        Ok(unmount(&self.root, UnmountFlags::DETACH)?)
    }
}

/// A link is copied: it leads to the same place, since the copy ends up where the original is.
fn mirror_entry(original: &Path, kind: FileType, copy: &Path) -> io::Result<()> {
    if kind.is_symlink() {
        return symlink(fs::read_link(original)?, copy);
    }
    if kind.is_dir() {
        return bind_folder(original, copy);
    }
    drop(File::create_new(copy)?);
    Ok(mount_bind(original, copy)?)
}

/// Creates a folder that shows another.
pub(super) fn bind_folder(original: &Path, copy: &Path) -> io::Result<()> {
    fs::create_dir(copy)?;
    Ok(mount_bind_recursive(original, copy)?)
}

/// Writes files, whose paths are relative to `folder`.
pub(super) fn write_all(
    folder: &Path,
    files: impl IntoIterator<Item = (PathBuf, String)>,
) -> io::Result<()> {
    files.into_iter().try_for_each(|(path, text)| {
        let path = folder.join(path);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, text)
    })
}
