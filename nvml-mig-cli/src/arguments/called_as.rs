//! What the name by which the program was called implies.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches};

use super::environment::{is_true, variable, without_empty_variables};
use super::{Arguments, Command, go_flags};

/// The names of mig-parted's program.
const MIG_PARTED: [&str; 2] = ["nvidia-mig-parted", "mig-parted"];

impl Arguments {
    /// Parses the command line. Called by a name of mig-parted, such as that of a link, the program asks nobody and changes MIG
    /// mode as mig-parted does, and knows its options and variables: its scripts need no change.
    ///
    /// # Errors
    ///
    /// Those of clap.
    pub(crate) fn read() -> Result<Self, clap::Error> {
        let program = env::args_os().next();
        if program.is_some_and(|name| is_mig_parted(&name)) {
            let mut arguments = Self::parsed(go_flags::translated(env::args_os()))?;
            is_true("MIG_PARTED_DEBUG").map_err(|wrong| {
                Self::command().error(ErrorKind::ValueValidation, wrong.to_string())
            })?;
            arguments.command.consent();
            if !arguments.json {
                arguments.command.take_variables();
            }
            return Ok(arguments);
        }
        Self::parsed(env::args_os().collect())
    }

    fn parsed(arguments: Vec<std::ffi::OsString>) -> Result<Self, clap::Error> {
        let command = without_empty_variables(Self::command());
        let matches = command.try_get_matches_from(arguments)?;
        Self::from_arg_matches(&matches).map_err(|error| error.format(&mut Self::command()))
    }
}

fn is_mig_parted(program: &OsStr) -> bool {
    let name = Path::new(program).file_name();
    name.is_some_and(|name| MIG_PARTED.iter().any(|known| name == *known))
}

impl Command {
    /// Gives the consent that mig-parted does not ask for, where the person does not only want to see the plan.
    fn consent(&mut self) {
        match self {
            Self::Apply {
                limits, consent, ..
            } => {
                limits.change_mig_mode = true;
                consent.yes = !consent.dry_run;
            }
            Self::Restore(restore) => {
                restore.change_mig_mode = true;
                restore.consent.yes = !restore.consent.dry_run;
            }
            _ => {}
        }
    }

    /// Takes the files to write from variables. By the name `nvml-mig` these commands print, unless an option says otherwise.
    fn take_variables(&mut self) {
        let (file, name) = match self {
            Self::Snapshot(snapshot) => (&mut snapshot.file, "MIG_PARTED_CHECKPOINT_FILE"),
            Self::Generate { file, .. } => (file, "MIG_PARTED_OUTPUT_FILE"),
            _ => return,
        };
        if file.is_none() {
            *file = variable(name).map(PathBuf::from);
        }
    }
}
