//! Switches the simulated driver version.

use clap::Args;
use nvml_mig_sim::machine::{DriverVersion, ProcessRecord};

use super::error::Error;
use super::state_option::StateOption;

/// Switch to another driver version, with its behaviour and functions
///
/// Its behaviour, such as profiles and error codes, changes at once, also for running programs. The functions that the
/// library exports change with the next `run`, which installs the library anew; programs that use the library without
/// `run` keep the old ones until then.
#[derive(Debug, Args)]
pub(super) struct SetDriver {
    #[command(flatten)]
    state: StateOption,
    /// The driver version, such as 535.261.03
    version: String,
    /// Size in bytes of a process record in the newest process lists (`_v3`, or `_v2` in a driver without it): 16, 24 or
    /// 32; the default depends on the driver version
    #[arg(long, value_name = "BYTES", value_parser = process_record)]
    process_record: Option<ProcessRecord>,
}

fn process_record(bytes: &str) -> Result<ProcessRecord, String> {
    match bytes {
        "16" => Ok(ProcessRecord::WithoutIds),
        "24" => Ok(ProcessRecord::WithIds),
        "32" => Ok(ProcessRecord::WithProtectedMemory),
        _ => Err("drivers write 16, 24 or 32 bytes".to_owned()),
    }
}

impl SetDriver {
    pub(super) fn perform(&self) -> Result<String, Error> {
        let version = parse(&self.version)?;
        self.state.change(|machine| {
            machine.driver = version;
            machine.process_record = self.process_record;
            Ok(())
        })
    }
}

/// Parses two or three numbers separated by dots.
pub(super) fn parse(text: &str) -> Result<DriverVersion, Error> {
    let version = DriverVersion::from(text.to_owned());
    match (version.is_version(), version.is_possible()) {
        (false, _) => Err(Error::NoVersion(text.to_owned())),
        (true, false) => Err(Error::DriverWithoutMig(text.to_owned())),
        (true, true) => Ok(version),
    }
}
