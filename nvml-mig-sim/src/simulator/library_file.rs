//! Finds the simulated library that was built.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::simulator::SimulatorError;

/// Environment variable with the path of the library.
const VARIABLE: &str = "NVML_MIG_SIM_LIBRARY";
const NAME: &str = "libnvml_mig_sim.so";

/// Returns the path of the simulated library: the file named by the environment variable `NVML_MIG_SIM_LIBRARY`, else
/// the newest library near this program, else (doc tests are built elsewhere) the one in the target folder in which
/// this crate was built.
///
/// # Errors
///
/// [`SimulatorError::NoLibrary`] with all paths that were tried.
pub fn library_file() -> Result<PathBuf, SimulatorError> {
    if let Some(path) = std::env::var_os(VARIABLE).map(PathBuf::from) {
        return existing(vec![path]);
    }
    existing(near_program()).or_else(|near| match existing(near_build()) {
        Err(SimulatorError::NoLibrary { tried }) => Err(with_more(near, tried)),
        found => found,
    })
}

/// Returns the folder that contains the profile folders such as `debug`.
pub(super) fn target_folder(library: &Path) -> PathBuf {
    let folder = library.parent().unwrap_or(Path::new("."));
    let profile = match folder.file_name() {
        Some(name) if name == "deps" => folder.parent().unwrap_or(folder),
        _ => folder,
    };
    profile.parent().unwrap_or(profile).to_owned()
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
