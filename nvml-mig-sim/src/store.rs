//! Where a machine is kept: in this process, or in a file that processes share.

mod file;

use std::path::{Path, PathBuf};

pub use file::FileStore;

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
    /// [`StoreError::Machine`] when there can't be such a machine.
    pub fn in_memory(spec: &MachineSpec) -> Result<Self, StoreError> {
        Ok(Self::Memory(Box::new(Machine::new(spec)?)))
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
            Self::Memory(machine) => Ok(change(machine)),
            Self::File(file) => file.change(change),
        }
    }
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
        /// `opened`, `locked`, `read` or `written`.
        doing: &'static str,
        /// What the operating system said.
        source: std::io::Error,
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
