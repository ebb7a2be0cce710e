//! Reboots, reloads of the driver, and GPUs that can't be reached.

use clap::{Args, ValueEnum};

use super::error::Error;
use super::state_option::{self, StateOption};

/// Reboot the machine: instances and processes are gone, pending MIG modes come into force
///
/// Ampere comes up in the MIG mode that was pending, Hopper and newer without MIG mode.
#[derive(Debug, Args)]
pub(super) struct Reboot {
    #[command(flatten)]
    state: StateOption,
    /// The GPUs come up in another order of /dev/nvidiaN
    #[arg(long)]
    new_minors: bool,
}

impl Reboot {
    pub(super) fn perform(&self) -> Result<String, Error> {
        self.state.change(|machine| {
            machine.reboot(self.new_minors);
            Ok(())
        })
    }
}

/// Unload and load the driver: instances are gone, and Hopper and newer lose MIG mode
#[derive(Debug, Args)]
pub(super) struct ReloadDriver {
    #[command(flatten)]
    state: StateOption,
}

impl ReloadDriver {
    pub(super) fn perform(&self) -> Result<String, Error> {
        self.state.change(|machine| {
            let busy = machine.gpus().iter().find(|gpu| !gpu.processes.is_empty());
            let busy = busy.map(|gpu| gpu.index);
            let reloaded = machine.reload_driver();
            reloaded.map_err(|_| Error::GpuInUse(busy.unwrap_or_default()))
        })
    }
}

/// Let a GPU be out of reach from now on, or reachable again
#[derive(Debug, Args)]
pub(super) struct Reach {
    #[command(flatten)]
    state: StateOption,
    /// Index of the GPU
    #[arg(long)]
    gpu: u32,
    #[arg(value_enum)]
    condition: Condition,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Condition {
    /// It answers
    Ok,
    /// It fell off the bus: NVML_ERROR_GPU_IS_LOST
    Lost,
    /// This process may not open it: NVML_ERROR_NO_PERMISSION
    Forbidden,
    /// NVML_ERROR_UNKNOWN
    Unknown,
}

impl Condition {
    const fn code(self) -> Option<u32> {
        match self {
            Self::Ok => None,
            Self::Lost => Some(15),
            Self::Forbidden => Some(4),
            Self::Unknown => Some(999),
        }
    }
}

impl Reach {
    pub(super) fn perform(&self) -> Result<String, Error> {
        self.state.change(|machine| {
            state_option::gpu(machine, self.gpu)?;
            let done = machine.refuse_gpu(self.gpu, self.condition.code());
            done.map_err(|_| Error::GpuInUse(self.gpu))
        })
    }
}
