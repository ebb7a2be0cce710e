//! The log of calls that all processes make to a machine in a file: one JSON line per call, in a file beside it.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use nvml_mig_boards::board_file::json_error;
use serde::{Deserialize, Serialize};

use crate::calls::Call;
use crate::own;
use crate::store::{StoreError, beside};

/// The call log of a machine in a file. Its name is that of the state file with `.log` appended.
#[derive(Debug)]
pub struct CallLog {
    path: PathBuf,
}

/// A logged call and the process that made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedCall {
    /// Process ID of the caller.
    pub pid: u32,
    /// The call itself.
    #[serde(flatten)]
    pub call: Call,
}

impl CallLog {
    /// Returns the log of the machine in this state file.
    #[must_use]
    pub fn beside(state_file: &Path) -> Self {
        let path = beside(state_file, ".log");
        Self { path }
    }

    /// Reads the calls logged so far. The calls of one process are in the order in which it made them.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the log can't be read.
    pub fn read(&self) -> Result<Vec<LoggedCall>, StoreError> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(self.error(error)),
        };
        let calls = text.lines().map(serde_json::from_str);
        let calls = calls.collect::<Result<_, serde_json::Error>>();
        calls.map_err(|error| self.error(json_error(error).into()))
    }

    /// Deletes all logged calls.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the log can't be removed.
    pub fn clear(&self) -> Result<(), StoreError> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.error(error)),
            _ => Ok(()),
        }
    }

    /// Appends a call of this process, in a single write so that lines of different processes never interleave.
    pub(super) fn append(&self, call: &Call) -> Result<(), StoreError> {
        let logged = LoggedCall {
            pid: std::process::id(),
            call: call.clone(),
        };
        self.add_line(&logged).map_err(|error| self.error(error))
    }

    fn add_line(&self, logged: &LoggedCall) -> io::Result<()> {
        let line = serde_json::to_string(logged)? + "\n";
        let mut options = OpenOptions::new();
        let mut file = own::open(options.create(true).append(true), &self.path)?;
        file.write_all(line.as_bytes())
    }

    fn error(&self, source: io::Error) -> StoreError {
        let path = self.path.clone();
        StoreError::Log { path, source }
    }
}
