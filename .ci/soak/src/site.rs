//! The machine, and the folder that all processes share.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use nvml_mig_sim::{GpuSpec, Simulator};
use tempfile::TempDir;

/// On the first GPU each thread creates and destroys its own; on the second, plans are applied.
pub(crate) const OWN: u32 = 0;
pub(crate) const PLANNED: u32 = 1;

pub(crate) struct Site {
    pub(crate) simulator: Simulator,
    folder: TempDir,
    pub(crate) threads: usize,
    pub(crate) seed: u64,
}

impl Site {
    pub(crate) fn new(threads: usize, seed: u64) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        fs::write(left(folder.path()), "")?;
        Ok(Self {
            simulator: machine(folder.path())?,
            folder,
            threads,
            seed,
        })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts a process; what it prints is read at its end.
    pub(crate) fn start(&self, number: u64) -> Result<Child> {
        let seed = self.seed.wrapping_mul(1000).wrapping_add(number);
        let mut options = OpenOptions::new();
        let said = options.create(true).append(true).open(self.said())?;
        Command::new(std::env::current_exe()?)
            .arg("--child")
            .arg(self.folder())
            .args(["--threads", &self.threads.to_string()])
            .args(["--seed", &seed.to_string()])
            // One heap for all threads, so that its size says what is used.
            .env("MALLOC_ARENA_MAX", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(said)
            .spawn()
            .context("a process can't be started")
    }

    /// Fails if a process has said what is wrong. So a panic of the simulator shows, whose code is also that of a fault.
    pub(crate) fn check_said(&self) -> Result<()> {
        let said = fs::read_to_string(self.said()).unwrap_or_default();
        ensure!(said.is_empty(), "{}", said.trim());
        Ok(())
    }

    fn said(&self) -> PathBuf {
        self.folder().join("said")
    }
}

/// Opens the machine in this folder, which is made by the first.
pub(crate) fn machine(folder: &Path) -> Result<Simulator> {
    let gpu = || GpuSpec::new("a100-sxm4-40gb");
    let builder = Simulator::builder().gpu(gpu()).gpu(gpu());
    Ok(builder.state_file(folder.join("machine.json")).start()?)
}

/// The folder of the lock and of the journal.
pub(crate) fn lock(folder: &Path) -> PathBuf {
    folder.join("lock")
}

/// A line for each instance that an error said it left.
pub(crate) fn left(folder: &Path) -> PathBuf {
    folder.join("left")
}

pub(crate) fn count_left(folder: &Path) -> Result<usize> {
    Ok(fs::read_to_string(left(folder))?.lines().count())
}

/// The boot of the machine: another text after each reboot.
pub(crate) fn boot(folder: &Path) -> String {
    fs::read_to_string(folder.join("boot")).unwrap_or_default()
}

pub(crate) fn set_boot(folder: &Path, boot: u64) -> Result<()> {
    Ok(fs::write(folder.join("boot"), boot.to_string())?)
}
