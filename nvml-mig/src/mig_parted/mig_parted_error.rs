//! A problem in a file, and its position.

use core::fmt;
use std::io;
use std::sync::Arc;

use super::{VERSION, similar};
use crate::error::{Error, ProfileError, ProfileNameError};
use crate::quoted::{Escaped, Quoted, joined};

/// A position in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// The position of what is not in a file yet.
pub(super) const NOWHERE: Mark = Mark { line: 0, column: 0 };

/// A problem in a mig-parted file, and its position.
#[derive(Debug, Clone)]
pub struct MigPartedError {
    file: String,
    mark: Option<Mark>,
    kind: Arc<MigPartedErrorKind>,
}

/// An error without the name of the file.
#[derive(Debug)]
pub(super) struct Fault {
    mark: Mark,
    kind: Box<MigPartedErrorKind>,
}

impl Fault {
    pub(super) fn new(mark: Mark, kind: MigPartedErrorKind) -> Self {
        let kind = Box::new(kind);
        Self { mark, kind }
    }

    pub(super) fn in_file(self, file: &str) -> MigPartedError {
        MigPartedError::at(file, self.mark, *self.kind)
    }
}

/// What is wrong with a mig-parted file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigPartedErrorKind {
    /// The file can't be read.
    #[error("the file can't be read")]
    Read(#[source] io::Error),
    /// The text is not YAML.
    #[error("invalid YAML: {}", Quoted(problem))]
    #[non_exhaustive]
    Yaml {
        /// What the YAML parser reports.
        problem: String,
    },
    /// The file has no content.
    #[error("the file has no content")]
    Empty,
    /// The file is a Kubernetes manifest in which no `ConfigMap`, or more than one, has a file of mig-parted.
    #[error("this is a Kubernetes manifest, which has a mig-parted file in {}", places(.keys))]
    #[non_exhaustive]
    Manifest {
        /// The keys with such a file, after the name of the `ConfigMap` and a slash.
        keys: Vec<String>,
    },
    /// A list of entries has no name.
    #[error(
        "a list of entries needs a name: write version: v1 and mig-configs: with the name, and this list below the name"
    )]
    Unnamed,
    /// The version of the format is not `v1`.
    #[error("only version {VERSION} is supported")]
    Version,
    /// A value of another kind was expected.
    #[error("expected {expected}")]
    #[non_exhaustive]
    Expected {
        /// What was expected, such as `true or false`.
        expected: String,
    },
    /// The key does not exist in this format.
    #[error("unknown key '{}'; {}", Quoted(key), meant(key, known))]
    #[non_exhaustive]
    UnknownKey {
        /// The key.
        key: String,
        /// The keys that are possible here.
        known: Vec<&'static str>,
    },
    /// The key exists in this format, but not here.
    #[error("the key '{}' belongs {belongs}, not {found}", Quoted(key))]
    #[non_exhaustive]
    MisplacedKey {
        /// The key.
        key: String,
        /// Where it belongs, such as `at the top of the file`.
        belongs: &'static str,
        /// Where it is, such as `under spec`.
        found: String,
    },
    /// A required key is missing.
    #[error("the key {key} is missing here")]
    #[non_exhaustive]
    MissingKey {
        /// The key that the entry lacks.
        key: &'static str,
    },
    /// A profile name was expected.
    #[error("expected the name of a profile")]
    ProfileName(#[source] ProfileNameError),
    /// A GPU or a profile occurs twice in the same list.
    #[error("{item} occurs twice in this list")]
    #[non_exhaustive]
    Twice {
        /// The repeated item, such as `GPU 1`.
        item: String,
    },
    /// MIG mode is to be enabled, but the MIG devices are not given.
    #[error("mig-enabled: true requires mig-devices; write {{}} for no MIG device")]
    MigDevicesMissing,
    /// MIG devices are given, but MIG mode is to be disabled.
    #[error("mig-devices requires mig-enabled: true")]
    MigDevicesWithoutMig,
    /// All counts of the MIG devices are 0.
    #[error("all counts are 0; write {{}} for no MIG device")]
    NoMigDevices,
    /// The file has no configuration with this name.
    #[error("the file has no configuration '{}'; {} {}", Quoted(name), it_has(name, .available), joined(.available, ", "))]
    #[non_exhaustive]
    NoSuchConfig {
        /// The requested name of a configuration.
        name: String,
        /// The names of its configurations.
        available: Vec<String>,
    },
    /// NVML failed to describe a GPU.
    #[error("a GPU can't be read")]
    Nvml(#[source] Error),
    /// No entry of the configuration matches a GPU, except GPUs without MIG that are not named.
    #[error(
        "no entry of the configuration '{}' matches a GPU of this machine",
        Quoted(config)
    )]
    #[non_exhaustive]
    NoGpu {
        /// The name of the configuration.
        config: String,
    },
    /// The entry enables MIG on a GPU that has none, and names its index.
    #[error("GPU {index} does not support MIG")]
    #[non_exhaustive]
    NoMig {
        /// Index of the GPU.
        index: u32,
    },
    /// An earlier entry for the GPU has another `mig-enabled`. mig-parted would set both, one after the other.
    #[error(
        "this entry and that of line {line} contradict each other: one enables MIG on GPU {index}, the other disables it"
    )]
    #[non_exhaustive]
    Contradiction {
        /// Index of the GPU.
        index: u32,
        /// Line of the earlier entry.
        line: usize,
    },
    /// A GPU does not have the profile, or several of its profiles match the name.
    #[error("this profile can't be used on GPU {index}")]
    #[non_exhaustive]
    Profile {
        /// Index of the GPU.
        index: u32,
        /// The profiles of the GPU.
        source: ProfileError,
    },
}

impl MigPartedError {
    pub(super) fn at(file: &str, mark: Mark, kind: MigPartedErrorKind) -> Self {
        let mark = Some(mark);
        let (file, kind) = (file.to_owned(), Arc::new(kind));
        Self { file, mark, kind }
    }

    pub(super) fn of_file(file: &str, kind: MigPartedErrorKind) -> Self {
        let mark = None;
        let (file, kind) = (file.to_owned(), Arc::new(kind));
        Self { file, mark, kind }
    }

    pub(super) const fn mark(&self) -> Option<Mark> {
        self.mark
    }

    /// Returns the line number, starting at 1; `None` if the problem concerns the whole file.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.mark.map(|mark| mark.line)
    }

    /// Returns the position in the line, starting at 1; `None` if the problem concerns the whole file.
    #[must_use]
    pub fn column(&self) -> Option<usize> {
        self.mark.map(|mark| mark.column)
    }

    /// Returns what is wrong.
    #[must_use]
    pub fn kind(&self) -> &MigPartedErrorKind {
        &self.kind
    }
}

/// Prints, for example, `config.yaml:9:9: expected true or false`.
impl fmt::Display for MigPartedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, kind) = (Escaped(&self.file), &self.kind);
        match self.mark {
            Some(Mark { line, column }) => write!(f, "{file}:{line}:{column}: {kind}"),
            None => write!(f, "{file}: {kind}"),
        }
    }
}

/// `source()` is the source of the kind.
impl core::error::Error for MigPartedError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.kind.source()
    }
}

/// Returns what could be meant by an unknown key.
fn meant(key: &str, known: &[&str]) -> String {
    match similar::nearest(key, known) {
        Some(meant) => format!("did you mean {meant}?"),
        None => format!("expected one of {}", known.join(", ")),
    }
}

/// Returns the word before the names that exist, after the one that could be meant.
fn it_has(name: &str, available: &[String]) -> String {
    let nearest = similar::nearest(name, available);
    nearest.map_or_else(
        || "it has".to_owned(),
        |meant| format!("did you mean {}? It has", Quoted(meant)),
    )
}

fn places(keys: &[String]) -> String {
    match keys {
        [] => "none of its documents".to_owned(),
        keys => {
            let keys = joined(keys, ", ");
            format!("several places ({keys}); write one of them to a file of its own")
        }
    }
}
