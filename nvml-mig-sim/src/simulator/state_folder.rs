//! The folder in which machines and copies of the library are kept.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::SimulatorError;
use super::library_file::{self, Library};

/// What cargo writes into the folder of a profile, and into a target folder that did not exist before.
const PROFILE_TAG: &str = ".cargo-lock";
const TARGET_TAG: &str = "CACHEDIR.TAG";
const NAME: &str = "nvml-mig-sim";

/// Returns `nvml-mig-sim` in cargo's target folder if the simulated library is there, so that `cargo clean` removes it.
/// An installed program uses the user's state folder instead: `nvml-mig-sim` in `$XDG_STATE_HOME`, by default
/// `~/.local/state`.
pub(super) fn state_folder() -> Result<PathBuf, SimulatorError> {
    let in_target = match library_file::library()? {
        Library::File(path) => in_target_folder(&path),
        Library::Embedded(_) => None,
    };
    in_target.map_or_else(in_state_folder_of_user, Ok)
}

/// Returns the default state file, `machine.json` in cargo's target folder or in the user's state folder.
///
/// # Errors
///
/// [`SimulatorError::NoLibrary`], [`SimulatorError::NoHome`].
pub fn default_state_file() -> Result<PathBuf, SimulatorError> {
    Ok(state_folder()?.join("machine.json"))
}

/// The library is in `<target>/<profile>`, or in `deps` in it.
fn in_target_folder(library: &Path) -> Option<PathBuf> {
    let folder = library.parent()?;
    let is_deps = folder.file_name().is_some_and(|name| name == "deps");
    let profile = if is_deps { folder.parent()? } else { folder };
    let target = profile.parent()?;
    let is_target = profile.join(PROFILE_TAG).is_file() || target.join(TARGET_TAG).is_file();
    is_target.then(|| target.join(NAME))
}

fn in_state_folder_of_user() -> Result<PathBuf, SimulatorError> {
    state_folder_of_user(|name| std::env::var_os(name)).ok_or(SimulatorError::NoHome)
}

/// As in the XDG Base Directory Specification, which ignores relative paths.
fn state_folder_of_user(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute = |name| {
        let path = variable(name).map(PathBuf::from);
        path.filter(|path| path.is_absolute())
    };
    let state = absolute("XDG_STATE_HOME");
    let state = state.or_else(|| Some(absolute("HOME")?.join(".local/state")));
    Some(state?.join(NAME))
}

#[cfg(test)]
mod tests {
    use super::state_folder_of_user;

    #[test]
    fn the_state_folder_is_that_of_the_specification() {
        let cases = [
            (
                Some("/state"),
                Some("/home/me"),
                Some("/state/nvml-mig-sim"),
            ),
            (
                None,
                Some("/home/me"),
                Some("/home/me/.local/state/nvml-mig-sim"),
            ),
            (
                Some("state"),
                Some("/home/me"),
                Some("/home/me/.local/state/nvml-mig-sim"),
            ),
            (Some(""), Some("me"), None),
            (None, None, None),
        ];
        for (state, home, expected) in cases {
            let found = state_folder_of_user(|name| match name {
                "XDG_STATE_HOME" => state.map(Into::into),
                "HOME" => home.map(Into::into),
                _ => None,
            });
            assert_eq!(found, expected.map(Into::into), "{state:?} {home:?}");
        }
    }
}
