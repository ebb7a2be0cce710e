//! What is odd about a file, but has a meaning.

use core::fmt;

use super::Mark;
use crate::quoted::{Escaped, Quoted};

/// Something in a mig-parted file that has a meaning, but probably not the intended one, and its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigPartedWarning {
    file: String,
    mark: Mark,
    kind: MigPartedWarningKind,
}

/// What is odd about a mig-parted file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MigPartedWarningKind {
    /// The file has another YAML document. Only the first is read.
    SecondDocument,
    /// The file is a Kubernetes manifest with a `ConfigMap`. The value of this key is read.
    ConfigMap {
        /// The key in the data of the `ConfigMap`.
        key: String,
    },
    /// A configuration has an error. The others can be used.
    #[non_exhaustive]
    UnusableConfig {
        /// The name of the configuration.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A key occurs more than once in a map. The last one counts.
    #[non_exhaustive]
    RepeatedKey {
        /// The key.
        key: String,
        /// The line of the one that does not count.
        line: usize,
    },
    /// A merge key comes after a key that it replaces. In YAML, the other key would count.
    #[non_exhaustive]
    MergedOver {
        /// The key.
        key: String,
        /// The line of the one that does not count.
        line: usize,
    },
    /// The name of a configuration is not a string for YAML, so that mig-parted knows it by another name.
    #[non_exhaustive]
    NameNotQuoted {
        /// The name as it is written.
        name: String,
        /// mig-parted's name.
        read_as: String,
    },
    /// A GPU occurs more than once in a list.
    #[non_exhaustive]
    RepeatedGpu {
        /// Index of the GPU.
        index: u32,
    },
    /// The list of GPUs is empty. The entry matches none.
    NoDevices,
    /// The filter is empty. The entry matches all models.
    NoFilter,
    /// The machine has no GPU with this index.
    #[non_exhaustive]
    NoSuchGpu {
        /// Index of the GPU in the file.
        index: u32,
        /// Number of GPUs of the machine.
        count: usize,
    },
    /// A later entry matches the same GPUs, and replaces this one for them.
    #[non_exhaustive]
    Replaced {
        /// Indices of the GPUs.
        gpus: Vec<u32>,
        /// The line of the later entry.
        line: usize,
    },
}

/// A warning without the name of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Remark {
    pub(super) mark: Mark,
    pub(super) kind: MigPartedWarningKind,
}

impl Remark {
    pub(super) fn in_file(self, file: &str) -> MigPartedWarning {
        let Self { mark, kind } = self;
        let file = file.to_owned();
        MigPartedWarning { file, mark, kind }
    }
}

impl MigPartedWarning {
    /// Returns the name of the file.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Returns the line number, starting at 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.mark.line
    }

    /// Returns the position in the line, starting at 1.
    #[must_use]
    pub fn column(&self) -> usize {
        self.mark.column
    }

    /// Returns what is odd.
    #[must_use]
    pub fn kind(&self) -> &MigPartedWarningKind {
        &self.kind
    }
}

/// Prints, for example, `config.yaml:9:9: GPU 8 does not exist and is passed over; the number of GPUs is 8`.
impl fmt::Display for MigPartedWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, Mark { line, column }) = (Escaped(&self.file), self.mark);
        write!(f, "{file}:{line}:{column}: {}", self.kind)
    }
}

impl fmt::Display for MigPartedWarningKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SecondDocument => f.write_str("only the document before this line is read"),
            Self::ConfigMap { key } => {
                let key = Quoted(key);
                write!(f, "this is a Kubernetes ConfigMap, of which {key} is read")
            }
            Self::UnusableConfig { name, problem } => {
                let name = Quoted(name);
                write!(f, "the configuration '{name}' can't be used: {problem}")
            }
            Self::RepeatedKey { key, line } => {
                let key = Quoted(key);
                write!(f, "the key {key} replaces the same key in line {line}")
            }
            Self::MergedOver { key, line } => write!(
                f,
                "this merge replaces the key {} in line {line}; write the merge before it to keep it",
                Quoted(key)
            ),
            Self::NameNotQuoted { name, read_as } => {
                let (name, read_as) = (Quoted(name), Quoted(read_as));
                write!(
                    f,
                    "mig-parted reads the name {name} as {read_as}; put it in quotes"
                )
            }
            Self::RepeatedGpu { index } => write!(f, "GPU {index} occurs twice in this list"),
            Self::NoDevices => f.write_str("this list is empty, so the entry matches no GPU"),
            Self::NoFilter => f.write_str("this filter is empty, so the entry matches all models"),
            Self::NoSuchGpu { index, count } => write!(
                f,
                "GPU {index} does not exist and is passed over; the number of GPUs is {count}"
            ),
            Self::Replaced { gpus, line } => {
                let gpus: Vec<String> = gpus.iter().map(ToString::to_string).collect();
                let (s, gpus) = (if gpus.len() == 1 { "" } else { "s" }, gpus.join(", "));
                write!(
                    f,
                    "the entry in line {line} replaces this one for GPU{s} {gpus}"
                )
            }
        }
    }
}
