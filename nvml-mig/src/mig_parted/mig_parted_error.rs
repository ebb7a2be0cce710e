//! A problem in a file, and its position.

use core::fmt;
use std::io;

use super::VERSION;
use crate::error::{Error, ProfileError, ProfileNameError};
use crate::quoted::{Escaped, Quoted, joined};

/// A position in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// A problem in a mig-parted file, and its position.
#[derive(Debug)]
pub struct MigPartedError {
    file: String,
    mark: Option<Mark>,
    kind: Box<MigPartedErrorKind>,
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
    /// The file has no YAML document, or more than one.
    #[error("expected one YAML document, found {found}")]
    #[non_exhaustive]
    Documents {
        /// Number of YAML documents in the file.
        found: usize,
    },
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
    #[error("unknown key; expected one of {}", .known.join(", "))]
    #[non_exhaustive]
    UnknownKey {
        /// The keys that are possible here.
        known: Vec<&'static str>,
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
    #[error("the file has no configuration '{}'; it has {}", Quoted(name), joined(.available, ", "))]
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
    /// The entry names the index of a GPU that does not exist.
    #[error("GPU {index} does not exist; the number of GPUs is {count}")]
    #[non_exhaustive]
    NoSuchGpu {
        /// Index of the GPU in the file.
        index: u32,
        /// Number of GPUs of the machine.
        count: usize,
    },
    /// Two entries apply to the same GPU.
    #[error("this entry applies to GPU {index}, as does the entry in line {first_line}")]
    #[non_exhaustive]
    TwoEntries {
        /// Index of the GPU.
        index: u32,
        /// Line of the first of the two entries.
        first_line: usize,
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
        let (file, kind) = (file.to_owned(), Box::new(kind));
        Self { file, mark, kind }
    }

    pub(super) fn of_file(file: &str, kind: MigPartedErrorKind) -> Self {
        let mark = None;
        let (file, kind) = (file.to_owned(), Box::new(kind));
        Self { file, mark, kind }
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
