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
    /// A container with MIG devices only: as none, and the memory of whole GPUs is refused
    Container,
    /// CAP_SYS_ADMIN in a container without the mig/config device node; may not change or list instances
    NoConfigNode,
}

impl From<CallerOption> for Caller {
    fn from(option: CallerOption) -> Self {
        match option {
            CallerOption::Root => Self::Root,
            CallerOption::Capability => Self::Capability,
            CallerOption::None => Self::Unprivileged,
            CallerOption::Container => Self::Container,
            CallerOption::NoConfigNode => Self::NoConfigNode,
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
    /// A MIG device that the container was given; repeat for more. It sees no other MIG devices, and GPUs without one of
    /// these refuse every query. By default it has all
    #[arg(long = "mig-device", value_name = "UUID")]
    mig_devices: Vec<String>,
}

impl SetCaller {
    pub(super) fn perform(&self) -> Result<String, Error> {
        let caller = self.caller.into();
        self.state.change(|machine| {
            if self.mig_devices.is_empty() {
                machine.set_caller(caller);
                return Ok(());
            }
            if caller != Caller::Container {
                return Err(Error::NoContainer);
            }
            let entered = machine.enter_container(&self.mig_devices);
            entered.or(Err(Error::NoMigDevice))
        })
    }
}
