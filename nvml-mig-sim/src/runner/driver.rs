//! Switches the simulated driver version.

use clap::Args;
use nvml_mig_sim::machine::DriverVersion;

use super::error::Error;
use super::state_option::StateOption;

/// Switch to another driver version from the next `run` on, with its functions and behaviour
#[derive(Debug, Args)]
pub(super) struct SetDriver {
    #[command(flatten)]
    state: StateOption,
    /// The driver version, such as 535.261.03
    version: String,
}

impl SetDriver {
    pub(super) fn perform(&self) -> Result<String, Error> {
        let version = parse(&self.version)?;
        self.state.change(|machine| {
            machine.driver = version;
            Ok(())
        })
    }
}

/// Parses two or three numbers separated by dots.
pub(super) fn parse(text: &str) -> Result<DriverVersion, Error> {
    let numbers = text.split('.').map(str::parse::<u32>);
    let numbers: Result<Vec<u32>, _> = numbers.collect();
    if numbers.is_ok_and(|numbers| matches!(numbers.len(), 2 | 3)) {
        return Ok(DriverVersion::from(text.to_owned()));
    }
    Err(Error::NoVersion(text.to_owned()))
}
