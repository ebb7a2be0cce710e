//! The log of the calls that all processes make to a machine in a file: one line of JSON each, in the file beside it.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::calls::Call;
use crate::store::{StoreError, beside};

/// The log of a machine in a file. Its name is that of the state file with `.log` at its end.
#[derive(Debug)]
pub struct CallLog {
    path: PathBuf,
}

/// A call, and who made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedCall {
    /// Id of the process.
    pub pid: u32,
    /// What it called.
    #[serde(flatten)]
    pub call: Call,
}

impl CallLog {
    /// The log of the machine in this state file.
    #[must_use]
    pub fn beside(state_file: &Path) -> Self {
        let path = beside(state_file, ".log");
        Self { path }
    }

    /// The calls so far. Those of one process are in the order in which it made them.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the log can't be read.
    pub fn read(&self) -> Result<Vec<LoggedCall>, StoreError> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(self.error(error)),
        };
        let calls = text.lines().map(serde_json::from_str);
        let calls = calls.collect::<Result<_, serde_json::Error>>();
        calls.map_err(|error| self.error(error.into()))
    }

    /// Forgets the calls so far.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the log can't be removed.
    pub fn clear(&self) -> Result<(), StoreError> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.error(error)),
            _ => Ok(()),
        }
    }

    /// Adds a call of this process. One write, so that no other line can come in between.
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
        let mut file = options.create(true).append(true).open(&self.path)?;
        file.write_all(line.as_bytes())
    }

    fn error(&self, source: io::Error) -> StoreError {
        let path = self.path.clone();
        StoreError::Log { path, source }
    }
}
