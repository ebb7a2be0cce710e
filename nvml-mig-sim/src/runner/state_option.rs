//! The option that selects the machine.

use std::path::PathBuf;

use clap::Args;
use nvml_mig_sim::default_state_file;
use nvml_mig_sim::machine::{Gpu, Machine};
use nvml_mig_sim::store::FileStore;

use super::error::Error;

/// Environment variable that names the state file; it is set for commands started by `run`.
pub(super) const VARIABLE: &str = "NVML_MIG_SIM_STATE";

#[derive(Debug, Args)]
pub(super) struct StateOption {
    /// The state file with the simulated machine; by default the file named by the environment variable
    /// NVML_MIG_SIM_STATE, else nvml-mig-sim/machine.json in cargo's target folder, or, if this program was installed,
    /// in $XDG_STATE_HOME or ~/.local/state
    #[arg(long = "state", value_name = "FILE")]
    file: Option<PathBuf>,
}

impl StateOption {
    pub(super) fn path(&self) -> Result<PathBuf, Error> {
        let variable = || std::env::var_os(VARIABLE).map(PathBuf::from);
        match self.file.clone().or_else(variable) {
            Some(path) => Ok(path),
            None => Ok(default_state_file()?),
        }
    }

    /// Opens the machine, which must exist.
    pub(super) fn open(&self) -> Result<FileStore, Error> {
        Ok(FileStore::existing(&self.path()?)?)
    }

    /// Changes the machine, unless the change is refused or would lead to a machine that can't exist.
    pub(super) fn change(
        &self,
        change: impl FnOnce(&mut Machine) -> Result<(), Error>,
    ) -> Result<String, Error> {
        self.open()?.change(|machine| machine.change(change))??;
        Ok(String::new())
    }
}

/// Returns the GPU with this index.
pub(super) fn gpu(machine: &Machine, index: u32) -> Result<&Gpu, Error> {
    let count = machine.gpus().len();
    let mut gpus = machine.gpus().iter();
    let gpu = gpus.find(|gpu| gpu.index == index);
    gpu.ok_or(Error::NoGpu { gpu: index, count })
}
