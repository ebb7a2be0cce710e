//! Removes the machine.

use clap::Args;
use nvml_mig_sim::store::FileStore;

use super::error::Error;
use super::run::remove_library;
use super::state_option::{self, StateOption};

/// Remove the simulated machine: its state file, its log, its capability files and its copy of the library
///
/// A file that holds no machine, or a damaged one, is left as it is. The lock file stays, since another process may
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
        remove_library(&path)?;
        Ok(String::new())
    }
}

/// Reset a GPU as a reboot does: its pending MIG mode comes into force, and its instances are gone
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
