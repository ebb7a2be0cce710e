//! Sets the privilege of NVML calls.

use clap::{Args, ValueEnum};
use nvml_mig_sim::Caller;

use super::error::Error;
use super::state_option::StateOption;

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum CallerOption {
    /// Root, or a process with CAP_SYS_ADMIN
    Root,
    /// Not root, but may use the driver's mig/config capability
    Capability,
    /// Neither; may not change or list instances
    None,
}

impl From<CallerOption> for Caller {
    fn from(option: CallerOption) -> Self {
        match option {
            CallerOption::Root => Self::Root,
            CallerOption::Capability => Self::Capability,
            CallerOption::None => Self::Unprivileged,
        }
    }
}

/// Set the privilege of NVML calls from now on
#[derive(Debug, Args)]
pub(super) struct SetCaller {
    #[command(flatten)]
    state: StateOption,
    #[arg(value_enum)]
    caller: CallerOption,
}

impl SetCaller {
    pub(super) fn perform(&self) -> Result<String, Error> {
        self.state.change(|machine| {
            machine.caller = self.caller.into();
            Ok(())
        })
    }
}
