//! Makes two folders contain exactly the wanted files. The simulator owns these folders and removes anything else in
//! them.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::own;

pub(super) const CAPABILITIES: &str = "driver/nvidia/capabilities";
pub(super) const MIG_MINORS: &str = "driver/nvidia-caps/mig-minors";
/// The only folders that the simulator touches.
const OWNED: [&str; 2] = [CAPABILITIES, "driver/nvidia-caps"];
/// A file is written here first and then renamed, so that no reader sees a partial file.
const NEW: &str = "driver/nvidia-caps/.new";
/// End of the name of the folder with what `run --machine` shows.
pub(crate) const VIEW_FOLDER: &str = ".machine";

/// The wanted files and folders, relative to the folder that stands in for `/proc`.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// Folders to keep even if they contain no file.
    pub(super) folders: Vec<PathBuf>,
    /// Files and their contents.
    pub(super) files: BTreeMap<PathBuf, String>,
}

impl Tree {
    /// Removes everything else, and writes the files that are missing or differ.
    pub(super) fn write_in(&self, root: &Path) -> io::Result<()> {
        require_own(root)?;
        for owned in OWNED {
            self.prune(root, Path::new(owned))?;
        }
        if !self.files.is_empty() {
            create_private(root)?;
        }
        for folder in &self.folders {
            create_readable(&root.join(folder))?;
        }
        let mut files = self.files.iter();
        files.try_for_each(|(path, text)| write(root, &root.join(path), text))
    }

    fn prune(&self, root: &Path, folder: &Path) -> io::Result<()> {
        let entries = match fs::read_dir(root.join(folder)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                self.prune(root, &path)?;
            } else if !self.files.contains_key(&path) {
                fs::remove_file(root.join(path))?;
            }
        }
        if self.needs(folder) {
            return Ok(());
        }
        fs::remove_dir(root.join(folder))
    }

    fn needs(&self, folder: &Path) -> bool {
        let mut wanted = self.folders.iter().chain(self.files.keys());
        wanted.any(|path| path.starts_with(folder))
    }
}

/// Requires that the folders on the way to those that are emptied belong to this user, and are no links to others.
pub(super) fn require_own(root: &Path) -> io::Result<()> {
    view_folder_around(root).map_or(Ok(true), own::is_own_folder)?;
    for owned in OWNED {
        let mut folder = root.to_owned();
        own::is_own_folder(&folder)?;
        for part in Path::new(owned) {
            folder.push(part);
            own::is_own_folder(&folder)?;
        }
    }
    Ok(())
}

/// Returns the folder of `run --machine` that `root` is in. The simulator made it too, whereas those above a folder that
/// the user chose are the user's affair.
fn view_folder_around(root: &Path) -> Option<&Path> {
    let around = root.parent()?;
    let name = around.file_name()?.as_encoded_bytes();
    name.ends_with(VIEW_FOLDER.as_bytes()).then_some(around)
}

/// Creates the folder of `run --machine` and `root` in it for this user alone.
fn create_private(root: &Path) -> io::Result<()> {
    let around = view_folder_around(root);
    around.map_or(Ok(()), |around| {
        own::create_own_folder(around)?;
        own::create_own_folder(root)
    })
}

/// Creates a folder that everybody may read, as below `/proc`: commands see it there.
fn create_readable(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o755).create(folder)
}

fn write(root: &Path, path: &Path, text: &str) -> io::Result<()> {
    if fs::read(path).is_ok_and(|found| found == text.as_bytes()) {
        return Ok(());
    }
    let new = root.join(NEW);
    for folder in [path.parent(), new.parent()].into_iter().flatten() {
        create_readable(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o644);
    options.open(&new)?.write_all(text.as_bytes())?;
    fs::rename(new, path)
}
