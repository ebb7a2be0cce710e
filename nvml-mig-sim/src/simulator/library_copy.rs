//! A private copy of the simulated library. The dynamic linker opens a file only once in a process, so each
//! simulated machine needs a file of its own.

use std::fs;
use std::path::{Path, PathBuf};

use object::read::elf::ElfFile64;
use object::{Object, ObjectSection, ObjectSymbol};
use tempfile::TempDir;

use crate::simulator::SimulatorError;

/// What NVML clients look for.
const NAME: &str = "libnvidia-ml.so.1";
/// What some of them look for first.
const DEVELOPMENT_NAME: &str = "libnvidia-ml.so";

/// The copy; it goes when this is dropped.
#[derive(Debug)]
pub(super) struct LibraryCopy {
    path: PathBuf,
    _folder: TempDir,
}

impl LibraryCopy {
    /// Copies a library without these functions.
    pub(super) fn of(library: &Path, hidden: &[String]) -> Result<Self, SimulatorError> {
        let folder = tempfile::Builder::new().prefix("nvml-mig-sim-").tempdir()?;
        let path = folder.path().join(NAME);
        if hidden.is_empty() {
            fs::copy(library, &path)?;
        } else {
            fs::write(&path, without(fs::read(library)?, hidden)?)?;
        }
        std::os::unix::fs::symlink(NAME, folder.path().join(DEVELOPMENT_NAME))?;
        Ok(Self {
            path,
            _folder: folder,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// The library with these functions renamed in its table of names. The linker finds a function by the hash of its
/// name and then compares the name, so a renamed one is not found under either name.
fn without(mut library: Vec<u8>, hidden: &[String]) -> Result<Vec<u8>, SimulatorError> {
    let places: Vec<usize> = {
        let file = ElfFile64::parse(&*library)?;
        let name_of = |name| place_of_name(&file, name);
        let places = hidden.iter().map(|name| name_of(name.as_str()));
        places.collect::<Result<_, SimulatorError>>()?
    };
    for place in places {
        if let Some(first_letter) = library.get_mut(place) {
            *first_letter = b'_';
        }
    }
    Ok(library)
}

/// Where in the file the name of an exported function stands.
fn place_of_name(file: &ElfFile64<'_>, name: &str) -> Result<usize, SimulatorError> {
    let nothing = || SimulatorError::NothingToHide(name.to_owned());
    let mut symbols = file.dynamic_symbols();
    let symbol = symbols
        .find(|symbol| symbol.name() == Ok(name))
        .ok_or_else(nothing)?;
    let names = file.section_by_name(".dynstr").ok_or_else(nothing)?;
    let (start, _) = names.file_range().ok_or_else(nothing)?;
    let offset = symbol.elf_symbol().st_name.get(file.endian());
    usize::try_from(start + u64::from(offset)).or_else(|_| Err(nothing()))
}
