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
    /// Neither, or CAP_SYS_ADMIN in a container without the mig/config device node; may not change or list instances
    None,
    /// A container with MIG devices only: as none, and the memory of the whole GPU is refused
    Container,
}

impl From<CallerOption> for Caller {
    fn from(option: CallerOption) -> Self {
        match option {
            CallerOption::Root => Self::Root,
            CallerOption::Capability => Self::Capability,
            CallerOption::None => Self::Unprivileged,
            CallerOption::Container => Self::Container,
        }
    }
}

/// Set the privilege of NVML calls from now on
#[derive(Debug, Args)]
pub(super) struct SetCaller {
    #[command(flatten)]
    state: StateOption,
    /// The privilege
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
