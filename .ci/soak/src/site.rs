//! The machine, and the folder that all processes share.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use nvml_mig_sim::{GpuSpec, Simulator};
use tempfile::TempDir;

/// On the first GPU each thread creates and destroys its own; on the second, plans are applied.
pub(crate) const OWN: u32 = 0;
pub(crate) const PLANNED: u32 = 1;

pub(crate) struct Site {
    pub(crate) simulator: Simulator,
    folder: TempDir,
    threads: usize,
    pub(crate) seed: u64,
}

impl Site {
    pub(crate) fn new(threads: usize, seed: u64) -> Result<Self> {
        let folder = tempfile::tempdir()?;
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

    /// Starts a process; what it says is read at its end.
    pub(crate) fn start(&self, number: usize) -> Result<Child> {
        let own = std::env::current_exe()?;
        let seed = self
            .seed
            .wrapping_mul(1000)
            .wrapping_add(u64::try_from(number)?);
        let mut command = Command::new(own);
        command.arg("--child").arg(self.folder());
        command.args([
            "--threads",
            &self.threads.to_string(),
            "--seed",
            &seed.to_string(),
        ]);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        command.spawn().context("a process can't be started")
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

/// The file whose presence tells the processes to stop.
pub(crate) fn stop(folder: &Path) -> PathBuf {
    folder.join("stop")
}
