//! Which machine a command is about.

use std::path::PathBuf;

use clap::Args;
use nvml_mig_sim::default_state_file;
use nvml_mig_sim::machine::{Gpu, Machine};
use nvml_mig_sim::store::FileStore;

use super::error::Error;

/// What names the state file for the library; the commands that `run` starts have it.
pub(super) const VARIABLE: &str = "NVML_MIG_SIM_STATE";

#[derive(Debug, Args)]
pub(super) struct StateOption {
    /// The file in which the simulated machine is kept. Without this it is the one that the environment variable
    /// NVML_MIG_SIM_STATE names, else nvml-mig-sim/machine.json in cargo's target folder
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

    /// The machine, which must be there.
    pub(super) fn open(&self) -> Result<FileStore, Error> {
        Ok(FileStore::existing(&self.path()?)?)
    }

    /// Changes the machine. What refuses must do so before it changes anything.
    pub(super) fn change(
        &self,
        change: impl FnOnce(&mut Machine) -> Result<(), Error>,
    ) -> Result<String, Error> {
        self.open()?.change(change)??;
        Ok(String::new())
    }
}

/// The GPU with this index.
pub(super) fn gpu(machine: &Machine, index: u32) -> Result<&Gpu, Error> {
    let count = machine.gpus().len();
    let gpu = machine.gpu_at(index);
    gpu.map_err(|_| Error::NoGpu { gpu: index, count })
}
