//! Where a machine is kept: in this process, or in a file that processes share.

mod call_log;
mod file;

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

pub use call_log::{CallLog, LoggedCall};
pub use file::FileStore;

use crate::capabilities;
use crate::machine::{Machine, MachineError, MachineSpec};

/// A kept machine.
#[derive(Debug)]
pub enum Store {
    /// Of this process alone.
    Memory(Box<Machine>),
    /// In a file.
    File(Box<FileStore>),
}

impl Store {
    /// A machine that no other process sees.
    ///
    /// # Errors
    ///
    /// [`StoreError::Machine`] when there can't be such a machine, [`StoreError::Capabilities`] when its capability
    /// files can't be written.
    pub fn in_memory(spec: &MachineSpec) -> Result<Self, StoreError> {
        let machine = Machine::new(spec)?;
        bring_in_step(&machine)?;
        Ok(Self::Memory(Box::new(machine)))
    }

    /// The machine in a file. When there is no such file, it is made with a new machine.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the file can't be read or made; a damaged one is left as it is.
    pub fn in_file(path: &Path, spec: &MachineSpec) -> Result<Self, StoreError> {
        let file = FileStore::open(path, spec)?;
        Ok(Self::File(Box::new(file)))
    }

    /// The machine as it is now.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the file can't be read.
    pub fn read(&mut self) -> Result<&Machine, StoreError> {
        match self {
            Self::Memory(machine) => Ok(machine),
            Self::File(file) => file.read(),
        }
    }

    /// Changes the machine. No other process changes it meanwhile.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the file can't be read or written; nothing has changed then.
    pub fn change<T>(&mut self, change: impl FnOnce(&mut Machine) -> T) -> Result<T, StoreError> {
        match self {
            Self::Memory(machine) => {
                let result = change(machine);
                // The change is made and can't fail any more.
                if let Err(error) = bring_in_step(machine) {
                    eprintln!("nvml-mig-sim: {error}");
                }
                Ok(result)
            }
            Self::File(file) => file.change(change),
        }
    }
}

/// The path with more at the end of its name: what belongs to a state file lies beside it.
pub(crate) fn beside(path: &Path, more: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(more);
    name.into()
}

fn bring_in_step(machine: &Machine) -> Result<(), StoreError> {
    capabilities::bring_in_step(machine).map_err(|source| no_capabilities(machine, source))
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

/// Why a machine can't be read or kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There can't be such a machine.
    #[error(transparent)]
    Machine(#[from] MachineError),
    /// The file or its lock can't be used.
    #[error("the simulated machine in {path} can't be {doing}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// `opened`, `locked`, `read`, `written` or `removed`.
        doing: &'static str,
        /// What the operating system said.
        source: io::Error,
    },
    /// There is no such file.
    #[error("there is no simulated machine in {path}", path = path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The capability files can't be written or removed.
    #[error("the capability files in {path} can't be kept in step: {source}", path = path.display())]
    Capabilities {
        /// The folder that stands for `/proc`.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The log of calls can't be used.
    #[error("the log of calls in {path} can't be used: {source}", path = path.display())]
    Log {
        /// The log.
        path: PathBuf,
        /// What the operating system said, or what is wrong with a line.
        source: io::Error,
    },
    /// What is in the file is no machine. It is left as it is.
    #[error("{path} is not a simulated machine, or a damaged one: {source}", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The file was written by another version of the simulator. It is left as it is.
    #[error(
        "{path} holds a simulated machine in format {found}, and this simulator reads format {expected}; \
         remove it or use that version",
        path = path.display()
    )]
    OtherFormat {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The format of this version.
        expected: u32,
    },
}
