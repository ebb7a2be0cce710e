//! Reboots, driver reloads and unreachable GPUs.

use clap::{Args, ValueEnum};

use super::error::Error;
use super::state_option::{self, StateOption};

/// Reboot the machine, which removes all instances and processes
///
/// On Ampere, a pending MIG mode takes effect. On Hopper and newer, MIG mode is off afterwards.
#[derive(Debug, Args)]
pub(super) struct Reboot {
    #[command(flatten)]
    state: StateOption,
    /// Renumber the GPUs in /dev/nvidiaN
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

/// Reload the driver, which removes all instances and, on Hopper and newer, turns MIG mode off
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

/// Make a GPU unreachable, or reachable again
#[derive(Debug, Args)]
pub(super) struct Reach {
    #[command(flatten)]
    state: StateOption,
    /// Index of the GPU
    #[arg(long, default_value_t = 0)]
    gpu: u32,
    /// The new condition of the GPU
    #[arg(value_enum)]
    condition: Condition,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Condition {
    /// The GPU is reachable
    Ok,
    /// The GPU fell off the bus: NVML_ERROR_GPU_IS_LOST
    Lost,
    /// This process may not open the GPU: NVML_ERROR_NO_PERMISSION
    Forbidden,
    /// Queries fail for an unknown reason: NVML_ERROR_UNKNOWN
    Unknown,
    /// The GPU can't be opened by its index, as with SR-IOV: NVML_ERROR_INVALID_ARGUMENT
    Invalid,
}

impl Condition {
    const fn code(self) -> Option<u32> {
        match self {
            Self::Ok => None,
            Self::Lost => Some(15),
            Self::Forbidden => Some(4),
            Self::Unknown => Some(999),
            Self::Invalid => Some(2),
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
