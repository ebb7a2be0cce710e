//! The gate, before which all threads rest while the parent looks at what they left.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

/// No operation takes longer; most of it is waiting for the lock of the machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A thread holds the lock of its file, shared with others, as long as it works.
pub(crate) struct Gate {
    folder: PathBuf,
    file: File,
}

/// Holds the lock of the gate.
pub(crate) struct Passed<'a>(&'a File);

impl Drop for Passed<'_> {
    fn drop(&mut self) {
        // The lock ends with the process at the latest.
        let _ = self.0.unlock();
    }
}

impl Gate {
    pub(crate) fn new(folder: &Path) -> Result<Self> {
        let mut options = OpenOptions::new();
        let file = options.create(true).truncate(false).write(true);
        Ok(Self {
            folder: folder.to_owned(),
            file: file.open(folder.join("gate"))?,
        })
    }

    /// Waits until it is open; `None` if it never opens again.
    pub(crate) fn pass(&self) -> Result<Option<Passed<'_>>> {
        while self.is_shut() {
            if self.over().exists() {
                return Ok(None);
            }
            sleep(Duration::from_millis(10));
        }
        self.file.lock_shared()?;
        Ok(Some(Passed(&self.file)))
    }

    pub(crate) fn is_shut(&self) -> bool {
        self.shut_file().exists()
    }

    /// Shuts it, and waits until all threads rest.
    pub(crate) fn shut(&self) -> Result<Passed<'_>> {
        fs::write(self.shut_file(), "")?;
        let began = Instant::now();
        while self.file.try_lock().is_err() {
            ensure!(began.elapsed() < PATIENCE, "a thread does not end its work");
            sleep(Duration::from_millis(5));
        }
        Ok(Passed(&self.file))
    }

    pub(crate) fn open(&self) -> Result<()> {
        Ok(fs::remove_file(self.shut_file())?)
    }

    /// Ends the threads that rest.
    pub(crate) fn end(&self) -> Result<()> {
        Ok(fs::write(self.over(), "")?)
    }

    fn shut_file(&self) -> PathBuf {
        self.folder.join("shut")
    }

    fn over(&self) -> PathBuf {
        self.folder.join("over")
    }
}
