//! Removes the machine.

use clap::Args;
use nvml_mig_sim::store::FileStore;

use super::error::Error;
use super::run::remove_folders;
use super::state_option::{self, StateOption};

/// Remove the simulated machine: its state file, log, capability files and copy of the library
///
/// A file without a machine, or with a damaged one, is left unchanged. The lock file stays, since another process may
/// be waiting for it.
#[derive(Debug, Args)]
pub(super) struct Reset {
    #[command(flatten)]
    state: StateOption,
}

impl Reset {
    pub(super) fn perform(&self) -> Result<String, Error> {
        let path = self.state.path()?;
        FileStore::remove(&path)?;
        remove_folders(&path)?;
        Ok(String::new())
    }
}

/// Reset a GPU as a reboot does: its pending MIG mode takes effect and its instances are removed
#[derive(Debug, Args)]
pub(super) struct ResetGpu {
    #[command(flatten)]
    state: StateOption,
    /// Index of the GPU
    #[arg(long)]
    gpu: u32,
}

impl ResetGpu {
    pub(super) fn perform(&self) -> Result<String, Error> {
        self.state.change(|machine| {
            state_option::gpu(machine, self.gpu)?;
            let reset = machine.reset_gpu(self.gpu);
            reset.map_err(|_| Error::GpuInUse(self.gpu))
        })
    }
}
