//! Making two folders hold exactly the wanted files. They belong to the simulator: what else is in them goes.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub(super) const CAPABILITIES: &str = "driver/nvidia/capabilities";
pub(super) const MIG_MINORS: &str = "driver/nvidia-caps/mig-minors";
/// All that the simulator touches.
const OWNED: [&str; 2] = [CAPABILITIES, "driver/nvidia-caps"];
/// A file before it is renamed into its place, so that no reader sees half of it.
const NEW: &str = "driver/nvidia-caps/.new";

/// What is wanted, named from the folder that stands for `/proc`.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// Folders that are there even with no file in them.
    pub(super) folders: Vec<PathBuf>,
    /// Files and their text.
    pub(super) files: BTreeMap<PathBuf, String>,
}

impl Tree {
    /// Removes what is not wanted, and writes what is missing or differs.
    pub(super) fn write_in(&self, root: &Path) -> io::Result<()> {
        for owned in OWNED {
            self.prune(root, Path::new(owned))?;
        }
        for folder in &self.folders {
            fs::create_dir_all(root.join(folder))?;
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

fn write(root: &Path, path: &Path, text: &str) -> io::Result<()> {
    if fs::read(path).is_ok_and(|found| found == text.as_bytes()) {
        return Ok(());
    }
    let new = root.join(NEW);
    for folder in [path.parent(), new.parent()].into_iter().flatten() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&new, text)?;
    fs::rename(new, path)
}
