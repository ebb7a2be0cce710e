//! Storage of a machine: in this process, or in a file that processes share.

mod call_log;
mod file;
mod view_folder;

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

pub use call_log::{CallLog, LoggedCall};
pub use file::FileStore;
pub use view_folder::ViewFolder;

use crate::capabilities;
use crate::chain;
use crate::machine::{Flaw, Machine, MachineError, MachineSpec};

/// A stored machine.
#[derive(Debug)]
pub enum Store {
    /// In the memory of this process.
    Memory(Box<Machine>),
    /// In a file shared between processes.
    File(Box<FileStore>),
}

impl Store {
    /// Creates a machine that no other process sees.
    ///
    /// # Errors
    ///
    /// [`StoreError::Machine`] if the machine can't exist, [`StoreError::Capabilities`] if its capability files can't
    /// be written.
    pub fn in_memory(spec: &MachineSpec) -> Result<Self, StoreError> {
        let machine = Machine::new(spec)?;
        bring_in_step(&machine)?;
        Ok(Self::Memory(Box::new(machine)))
    }

    /// Opens the machine in a file, or creates the file with a new machine.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the file can't be read or created; a damaged file is left unchanged.
    pub fn in_file(path: &Path, spec: &MachineSpec) -> Result<Self, StoreError> {
        let file = FileStore::open(path, spec)?;
        Ok(Self::File(Box::new(file)))
    }

    /// Returns the current machine.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the file can't be read.
    pub fn read(&mut self) -> Result<&Machine, StoreError> {
        match self {
            Self::Memory(machine) => Ok(machine),
            Self::File(file) => file.read(),
        }
    }

    /// Changes the machine while other processes are locked out.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the file can't be read or written; the machine is then unchanged.
    pub fn change<T>(&mut self, change: impl FnOnce(&mut Machine) -> T) -> Result<T, StoreError> {
        match self {
            Self::Memory(machine) => {
                let result = change(machine);
                // The change has been made and can no longer fail.
                if let Err(error) = bring_in_step(machine) {
                    eprintln!("nvml-mig-sim: {}", chain(&error));
                }
                Ok(result)
            }
            Self::File(file) => file.change(change),
        }
    }
}

/// Appends a suffix to the path: files that belong to a state file are stored beside it.
pub(crate) fn beside(path: &Path, more: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(more);
    name.into()
}

fn bring_in_step(machine: &Machine) -> Result<(), StoreError> {
    capabilities::bring_in_step(machine).map_err(|source| no_capabilities(machine, source))
}

fn require_own_capabilities(machine: &Machine) -> Result<(), StoreError> {
    capabilities::require_own(machine).map_err(|source| no_capabilities(machine, source))
}

fn remove_capabilities(machine: &Machine) -> Result<(), StoreError> {
    let removed = machine.capabilities.as_deref().map(capabilities::remove);
    removed
        .unwrap_or(Ok(()))
        .map_err(|source| no_capabilities(machine, source))
}

fn no_capabilities(machine: &Machine, source: io::Error) -> StoreError {
    let path = machine.capabilities.clone().unwrap_or_default();
    StoreError::Capabilities { path, source }
}

/// An error from reading or storing a machine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The description of the machine is invalid.
    #[error(transparent)]
    Machine(#[from] MachineError),
    /// The file or its lock can't be used.
    #[error("the simulated machine in {path} can't be {doing}", path = path.display())]
    Io {
        /// Path of the state file.
        path: PathBuf,
        /// `used`, `opened`, `locked`, `read`, `written` or `removed`.
        doing: &'static str,
        /// The operating system's error.
        source: io::Error,
    },
    /// The state file does not exist.
    #[error("there is no simulated machine in {path}", path = path.display())]
    Missing {
        /// Path of the state file.
        path: PathBuf,
    },
    /// The capability files can't be written or removed.
    #[error("the capability files in {path} can't be updated", path = path.display())]
    Capabilities {
        /// The folder that stands in for `/proc`.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// The call log can't be used.
    #[error("the call log {path} can't be used", path = path.display())]
    Log {
        /// Path of the log.
        path: PathBuf,
        /// The operating system's error, or a description of the malformed line.
        source: io::Error,
    },
    /// The file does not contain a machine. It is left unchanged.
    #[error(
        "{path} does not contain a simulated machine, is damaged, or was written by a newer version",
        path = path.display()
    )]
    Damaged {
        /// Path of the file.
        path: PathBuf,
        /// The parse error.
        source: serde_json::Error,
    },
    /// The file contains a machine that can't exist. It is left unchanged.
    #[error("the simulated machine in {path} can't exist", path = path.display())]
    Impossible {
        /// Path of the file.
        path: PathBuf,
        /// The contradiction.
        source: Flaw,
    },
    /// The file was written by another version of the simulator. It is left unchanged.
    #[error(
        "{path} contains a simulated machine in format {found}, but this version reads format {expected}; \
         delete the file or use the version that wrote it",
        path = path.display()
    )]
    OtherFormat {
        /// Path of the file.
        path: PathBuf,
        /// Format of the file.
        found: u32,
        /// Format that this version reads.
        expected: u32,
    },
}
