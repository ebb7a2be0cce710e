//! Shows the calls made to a machine.

use clap::Args;
use nvml_mig_sim::store::{CallLog, LoggedCall};

use super::error::Error;
use super::return_code;
use super::state_option::StateOption;

/// Show the NVML calls of commands, in the order in which they were logged
///
/// Nothing is logged before `log --on`. The log is a file with the name of the state file plus `.log`.
#[derive(Debug, Args)]
pub(super) struct Log {
    #[command(flatten)]
    state: StateOption,
    #[command(flatten)]
    switch: Switch,
}

#[derive(Debug, Args)]
#[group(multiple = false)]
struct Switch {
    /// Log calls from now on
    #[arg(long)]
    on: bool,
    /// Stop logging calls
    #[arg(long)]
    off: bool,
    /// Discard the calls logged so far
    #[arg(long)]
    clear: bool,
}

impl Log {
    pub(super) fn perform(&self) -> Result<String, Error> {
        match self.switch {
            Switch { on: true, .. } => self.turn(true),
            Switch { off: true, .. } => self.turn(false),
            Switch { clear: true, .. } => {
                CallLog::beside(self.state.open()?.path()).clear()?;
                Ok(String::new())
            }
            _ => self.show(),
        }
    }

    fn turn(&self, on: bool) -> Result<String, Error> {
        self.state.change(|machine| {
            machine.log_calls = on;
            Ok(())
        })
    }

    fn show(&self) -> Result<String, Error> {
        let mut store = self.state.open()?;
        let calls = CallLog::beside(store.path()).read()?;
        if calls.is_empty() && !store.read()?.log_calls {
            eprintln!(
                "nvml-mig-sim: no calls are logged; `nvml-mig-sim log --on` turns the log on"
            );
        }
        Ok(calls.iter().map(line).collect())
    }
}

fn line(LoggedCall { pid, call }: &LoggedCall) -> String {
    let (function, arguments) = (&call.function, &call.arguments);
    let result = return_code::name(call.code);
    format!("[{pid}] {function}({arguments}) = {result}\n")
}
