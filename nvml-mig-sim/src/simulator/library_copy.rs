//! A private copy of the simulated library. The dynamic linker opens a file only once per process, so each simulated
//! machine needs its own file.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use object::read::elf::ElfFile64;
use object::{Object, ObjectSection, ObjectSymbol};

use crate::machine::Machine;
use crate::own;
use crate::simulator::SimulatorError;
use crate::simulator::control_call::CONTROL;
use crate::simulator::copy_folder::CopyFolder;
use crate::simulator::library_file::library;
use crate::simulator::loaded_part::loaded_part;

/// The name that NVML clients look for.
const NAME: &str = "libnvidia-ml.so.1";
/// The name that some clients try first, and that linkers look for.
const DEVELOPMENT_NAME: &str = "libnvidia-ml.so";

/// The functions that change the machine. Others that sound like it, such as `nvmlEventSetCreate`, change the process.
const CHANGING: [&str; 7] = [
    "nvmlComputeInstanceDestroy",
    "nvmlDeviceCreateGpuInstance",
    "nvmlDeviceCreateGpuInstanceWithPlacement",
    "nvmlDeviceSetMigMode",
    "nvmlGpuInstanceCreateComputeInstance",
    "nvmlGpuInstanceCreateComputeInstanceWithPlacement",
    "nvmlGpuInstanceDestroy",
];

/// A copy of the library; its file is removed on drop.
#[derive(Debug)]
pub(super) struct LibraryCopy {
    path: PathBuf,
    _folder: CopyFolder,
}

impl LibraryCopy {
    /// Copies the loadable part of the library, without the hidden functions.
    pub(super) fn without(hidden: &[String]) -> Result<Self, SimulatorError> {
        let folder = CopyFolder::new()?;
        let path = folder.path().join(NAME);
        fs::write(&path, without(hidden)?)?;
        symlink(NAME, folder.path().join(DEVELOPMENT_NAME))?;
        Ok(Self {
            path,
            _folder: folder,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// Installs the simulated library in a folder, without the functions that the machine's driver lacks: as
/// `libnvidia-ml.so.1`, `libnvidia-ml.so` and `libnvidia-ml.so.<driver version>`, the names that NVML clients look for.
/// Any program uses the machine if `LD_LIBRARY_PATH` contains the folder and `NVML_MIG_SIM_STATE` names the machine's
/// state file. An existing library is replaced; programs that have it open keep their copy.
///
/// # Errors
///
/// [`SimulatorError::NoLibrary`], [`SimulatorError::Copy`], [`SimulatorError::UnknownFunction`].
pub fn install_library(folder: &Path, machine: &Machine) -> Result<(), SimulatorError> {
    let hidden: Vec<String> = machine.missing_functions().into_iter().collect();
    let library = without(&hidden)?;
    own::create_own_folder(folder)?;
    let mut new = tempfile::Builder::new();
    new.permissions(Permissions::from_mode(0o644));
    let mut new = new.tempfile_in(folder)?;
    new.write_all(&library)?;
    new.persist(folder.join(NAME))
        .map_err(|error| error.error)?;
    Ok(install_links(folder, machine)?)
}

/// Links the library's other names to it, and removes the name of an earlier driver.
fn install_links(folder: &Path, machine: &Machine) -> io::Result<()> {
    let mut names = vec![OsString::from(DEVELOPMENT_NAME)];
    // Only a version is sure to be a file name.
    if machine.driver.is_version() {
        names.push(format!("{DEVELOPMENT_NAME}.{}", machine.driver.text()).into());
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_symlink() && !names.contains(&entry.file_name()) {
            ignore(io::ErrorKind::NotFound, fs::remove_file(entry.path()))?;
        }
    }
    names.iter().try_for_each(|name| {
        ignore(
            io::ErrorKind::AlreadyExists,
            symlink(NAME, folder.join(name)),
        )
    })
}

/// Ignores the error that another process, which installs the same library, was faster.
fn ignore(faster: io::ErrorKind, done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() != faster => Err(error),
        _ => Ok(()),
    }
}

/// Requires that the simulated library exports a function.
///
/// # Errors
///
/// [`SimulatorError::UnknownFunction`], and those of [`exported_functions`].
pub fn require_function(name: &str) -> Result<(), SimulatorError> {
    static EXPORTED: OnceLock<BTreeSet<String>> = OnceLock::new();
    let exported = match EXPORTED.get() {
        Some(exported) => exported,
        None => {
            let exported = exported_functions()?;
            EXPORTED.get_or_init(|| exported)
        }
    };
    // The simulator's own function can neither fail nor be missing.
    let known = exported.contains(name) && name != CONTROL;
    known
        .then_some(())
        .ok_or_else(|| SimulatorError::UnknownFunction(name.to_owned()))
}

/// Requires that the simulated library exports a function, and that the function changes the machine.
///
/// # Errors
///
/// [`SimulatorError::ChangesNothing`], and as [`require_function`].
pub fn require_changing_function(name: &str) -> Result<(), SimulatorError> {
    require_function(name)?;
    let changes = CHANGING.contains(&name);
    changes
        .then_some(())
        .ok_or_else(|| SimulatorError::ChangesNothing(name.to_owned()))
}

/// Returns the names of the NVML functions that the simulated library exports.
///
/// # Errors
///
/// [`SimulatorError::NoLibrary`], or [`SimulatorError::Unreadable`] if the library is damaged.
pub fn exported_functions() -> Result<BTreeSet<String>, SimulatorError> {
    let file: ElfFile64<'_> = ElfFile64::parse(loaded()?).map_err(SimulatorError::unreadable)?;
    let symbols = file.dynamic_symbols().filter(ObjectSymbol::is_definition);
    let names = symbols.filter_map(|symbol| symbol.name().ok().map(str::to_owned));
    Ok(names.filter(|name| name.starts_with("nvml")).collect())
}

/// Returns the loaded part of the library. It is read once: with debug information the file is many times as large, and
/// tests start many simulators.
fn loaded() -> Result<&'static [u8], SimulatorError> {
    static LOADED: OnceLock<Vec<u8>> = OnceLock::new();
    if let Some(loaded) = LOADED.get() {
        return Ok(loaded);
    }
    let loaded = loaded_part(library()?.read()?)?;
    Ok(LOADED.get_or_init(|| loaded))
}

/// Renames the hidden functions in the library's string table. The linker finds a function by the hash of its name and
/// then compares the name, so a renamed function is not found under either name.
fn without(hidden: &[String]) -> Result<Vec<u8>, SimulatorError> {
    let loaded = loaded()?;
    let file = ElfFile64::parse(loaded).map_err(SimulatorError::unreadable)?;
    let mut library = loaded.to_vec();
    for name in hidden {
        let place = place_of_name(&file, name)?;
        if let Some(first_letter) = library.get_mut(place) {
            *first_letter = b'_';
        }
    }
    Ok(library)
}

/// Returns the file offset of an exported function's name.
fn place_of_name(file: &ElfFile64<'_>, name: &str) -> Result<usize, SimulatorError> {
    let nothing = || SimulatorError::UnknownFunction(name.to_owned());
    let mut symbols = file.dynamic_symbols();
    let symbol = symbols
        .find(|symbol| symbol.name() == Ok(name))
        .ok_or_else(nothing)?;
    let names = file.section_by_name(".dynstr").ok_or_else(nothing)?;
    let (start, _) = names.file_range().ok_or_else(nothing)?;
    let offset = symbol.elf_symbol().st_name.get(file.endian());
    usize::try_from(start + u64::from(offset)).map_err(|_| nothing())
}
