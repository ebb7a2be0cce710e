//! The faults that were made, for all processes to read: only these explain the code of a call.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Result;
use nvml_mig::ReturnCode;
use nvml_mig_sim::{Simulator, nvmlReturn_t};

/// The line after which the faults before it are no more.
const CLEARED: &str = "cleared";

/// The parent's side.
pub(crate) struct Ledger<'a> {
    simulator: &'a Simulator,
    file: File,
}

impl<'a> Ledger<'a> {
    pub(crate) fn new(simulator: &'a Simulator, folder: &Path) -> Result<Self> {
        let mut options = OpenOptions::new();
        let file = options.create(true).append(true).open(path(folder))?;
        Ok(Self { simulator, file })
    }

    /// Makes a call fail, or all if `nth` is 0. It is written down before it can happen.
    pub(crate) fn fail(&mut self, function: &str, nth: u32, code: u32) -> Result<()> {
        self.file
            .write_all(format!("{}\n", line(function, code)).as_bytes())?;
        Ok(self.simulator.fail(function, nth, nvmlReturn_t(code))?)
    }

    /// Takes all faults back. It is written down once they can no longer happen.
    pub(crate) fn clear(&mut self) -> Result<()> {
        self.simulator.clear_faults()?;
        Ok(self.file.write_all(format!("{CLEARED}\n").as_bytes())?)
    }
}

/// A thread's side.
pub(crate) struct Faults {
    file: File,
    /// What was read of a line that is not complete.
    rest: String,
    lines: Vec<String>,
}

impl Faults {
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        Ok(Self {
            file: File::open(path(folder))?,
            rest: String::new(),
            lines: Vec::new(),
        })
    }

    /// Forgets what was taken back until now, before something new begins.
    pub(crate) fn forget_cleared(&mut self) -> Result<()> {
        self.read()?;
        if let Some(last) = self.lines.iter().rposition(|line| line == CLEARED) {
            self.lines.drain(..=last);
        }
        Ok(())
    }

    /// Whether this function was to fail with this code, at some time since.
    pub(crate) fn have(&mut self, function: &str, code: ReturnCode) -> Result<bool> {
        self.read()?;
        let wanted = line(function, code.number());
        Ok(self.lines.contains(&wanted))
    }

    fn read(&mut self) -> Result<()> {
        self.file.read_to_string(&mut self.rest)?;
        if let Some(end) = self.rest.rfind('\n') {
            let complete: String = self.rest.drain(..=end).collect();
            self.lines.extend(complete.lines().map(str::to_owned));
        }
        Ok(())
    }
}

fn path(folder: &Path) -> PathBuf {
    folder.join("faults")
}

fn line(function: &str, code: u32) -> String {
    format!("{function} {code}")
}
