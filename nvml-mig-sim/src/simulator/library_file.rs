//! Finds the simulated library.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::simulator::SimulatorError;

/// Environment variable with the path of the library.
const VARIABLE: &str = "NVML_MIG_SIM_LIBRARY";
const NAME: &str = "libnvml_mig_sim.so";

/// The library that a release build of this crate carries; see build.rs.
#[cfg(embedded_library)]
const EMBEDDED: Option<&[u8]> = Some(include_bytes!(env!("NVML_MIG_SIM_EMBEDDED")));
#[cfg(not(embedded_library))]
const EMBEDDED: Option<&[u8]> = None;

/// The simulated library.
#[derive(Debug, Clone)]
pub(super) enum Library {
    /// A file that cargo has built, or that the user names.
    File(PathBuf),
    /// Inside this program.
    Embedded(&'static [u8]),
}

impl Library {
    /// Returns the contents of its file.
    pub(super) fn read(&self) -> io::Result<Vec<u8>> {
        match self {
            Self::File(path) => fs::read(path),
            Self::Embedded(bytes) => Ok(bytes.to_vec()),
        }
    }
}

/// Returns the simulated library: the file named by the environment variable `NVML_MIG_SIM_LIBRARY`, else the newest
/// library near this program, else the one inside this program, else (doc tests are built elsewhere) the one in the
/// target folder in which this crate was built.
pub(super) fn library() -> Result<Library, SimulatorError> {
    if let Some(path) = std::env::var_os(VARIABLE).map(PathBuf::from) {
        return existing(vec![path]).map(Library::File);
    }
    match (existing(near_program()), EMBEDDED) {
        (Ok(path), _) => Ok(Library::File(path)),
        (Err(_), Some(bytes)) => Ok(Library::Embedded(bytes)),
        (Err(near), None) => near_build_or(near),
    }
}

fn near_build_or(near: SimulatorError) -> Result<Library, SimulatorError> {
    match existing(near_build()) {
        Err(SimulatorError::NoLibrary { tried }) => Err(with_more(near, tried)),
        found => found.map(Library::File),
    }
}

/// Returns the newest of the existing files: building one package can leave an older library of another build in place.
fn existing(tried: Vec<PathBuf>) -> Result<PathBuf, SimulatorError> {
    let age = |path: &PathBuf| -> Option<SystemTime> { fs::metadata(path).ok()?.modified().ok() };
    let found = tried.iter().filter(|path| path.is_file());
    match found.max_by_key(|path| age(path)) {
        Some(path) => Ok(path.clone()),
        None => Err(SimulatorError::NoLibrary { tried }),
    }
}

/// Tests are in `deps`, examples in `examples`, and binaries in their parent folder.
fn near_program() -> Vec<PathBuf> {
    let program = std::env::current_exe().unwrap_or_default();
    let folder = program.parent().unwrap_or(Path::new("."));
    let parent = folder.parent().unwrap_or(folder);
    let folders = [folder, parent, &folder.join("deps"), &parent.join("deps")];
    folders.into_iter().flat_map(candidates).collect()
}

/// `OUT_DIR` is `<profile>/build/<package>/out`.
fn near_build() -> Vec<PathBuf> {
    let profile = Path::new(env!("OUT_DIR")).ancestors().nth(3);
    let profile = profile.unwrap_or(Path::new("."));
    let folders = [profile, &profile.join("deps")];
    folders.into_iter().flat_map(candidates).collect()
}

/// The library under its own name, and under the names that cargo gives it if it is a dependency from a registry.
fn candidates(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.join(NAME)];
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = files.map(|file| file.file_name());
    found.extend(
        names
            .filter(|name| has_hash(name))
            .map(|name| folder.join(name)),
    );
    found
}

fn has_hash(name: &OsStr) -> bool {
    let name = name
        .to_str()
        .and_then(|name| name.strip_prefix("libnvml_mig_sim-"));
    name.is_some_and(|name| name.ends_with(".so"))
}

fn with_more(near: SimulatorError, more: Vec<PathBuf>) -> SimulatorError {
    match near {
        SimulatorError::NoLibrary { mut tried } => {
            tried.extend(more);
            SimulatorError::NoLibrary { tried }
        }
        other => other,
    }
}
