//! Fault injection.

use std::time::Duration;

use clap::Args;
use nvml_mig_sim::machine::Faults;
use nvml_mig_sim::{require_changing_function, require_function};

use super::error::Error;
use super::return_code;
use super::state_option::StateOption;

/// Make a call of an NVML function fail
#[derive(Debug, Args)]
pub(super) struct Fail {
    #[command(flatten)]
    state: StateOption,
    /// The C function, such as nvmlGpuInstanceDestroy
    #[arg(long, value_name = "FUNCTION")]
    call: String,
    /// Which call from now on, counted over all processes: 1 is the next, 0 means every call
    #[arg(long, default_value_t = 1)]
    nth: u32,
    /// The return code: a number such as 19, or a name such as NVML_ERROR_IN_USE or in_use
    #[arg(long)]
    code: String,
}

impl Fail {
    pub(super) fn perform(&self) -> Result<String, Error> {
        require_function(&self.call)?;
        let code = return_code::parse(&self.code)?;
        self.state.change(|machine| {
            machine.faults.fail(self.call.clone(), self.nth, code);
            Ok(())
        })
    }
}

/// Delay every call of an NVML function
#[derive(Debug, Args)]
pub(super) struct Delay {
    #[command(flatten)]
    state: StateOption,
    /// The C function, such as nvmlDeviceCreateGpuInstance
    #[arg(long, value_name = "FUNCTION")]
    call: String,
    /// The delay per call, in milliseconds
    #[arg(long, value_name = "MILLISECONDS")]
    ms: u64,
}

impl Delay {
    pub(super) fn perform(&self) -> Result<String, Error> {
        require_function(&self.call)?;
        let delay = Duration::from_millis(self.ms);
        self.state.change(|machine| {
            machine.faults.delay(self.call.clone(), delay);
            Ok(())
        })
    }
}

/// Hide NVML functions, as if the driver were older: the library of the next `run` doesn't export them
#[derive(Debug, Args)]
pub(super) struct Hide {
    #[command(flatten)]
    state: StateOption,
    /// The C functions
    #[arg(required = true, value_name = "FUNCTION")]
    functions: Vec<String>,
}

impl Hide {
    pub(super) fn perform(&self) -> Result<String, Error> {
        let functions = &self.functions;
        functions
            .iter()
            .try_for_each(|name| require_function(name))?;
        self.state.change(|machine| {
            let functions = functions.iter().cloned();
            functions.for_each(|function| machine.faults.hide(function));
            Ok(())
        })
    }
}

/// Make an NVML function that changes the machine succeed without effect
#[derive(Debug, Args)]
pub(super) struct Pretend {
    #[command(flatten)]
    state: StateOption,
    /// The C function: one that creates or destroys an instance, or nvmlDeviceSetMigMode
    function: String,
}

impl Pretend {
    pub(super) fn perform(&self) -> Result<String, Error> {
        require_changing_function(&self.function)?;
        self.state.change(|machine| {
            machine.faults.pretend(self.function.clone());
            Ok(())
        })
    }
}

/// Clear all injected faults: failures, delays, hidden functions, and functions without effect
#[derive(Debug, Args)]
pub(super) struct ClearFaults {
    #[command(flatten)]
    state: StateOption,
}

impl ClearFaults {
    pub(super) fn perform(&self) -> Result<String, Error> {
        self.state.change(|machine| {
            machine.faults = Faults::default();
            Ok(())
        })
    }
}
