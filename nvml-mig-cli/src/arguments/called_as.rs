//! What the name by which the program was called implies.

use std::env;
use std::ffi::OsStr;
use std::path::Path;

use clap::Parser;

use super::{Arguments, Command};

/// The names of mig-parted's program.
const MIG_PARTED: [&str; 2] = ["nvidia-mig-parted", "mig-parted"];

impl Arguments {
    /// Parses the command line. Called by a name of mig-parted, such as that of a link, the program asks nobody and changes MIG
    /// mode as mig-parted does: its scripts need no change.
    ///
    /// # Errors
    ///
    /// Those of clap.
    pub(crate) fn read() -> Result<Self, clap::Error> {
        let mut arguments = Self::try_parse()?;
        if env::args_os()
            .next()
            .is_some_and(|name| is_mig_parted(&name))
        {
            arguments.command.consent();
        }
        Ok(arguments)
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
            Self::Restore {
                change_mig_mode,
                consent,
                ..
            } => {
                *change_mig_mode = true;
                consent.yes = !consent.dry_run;
            }
            _ => {}
        }
    }
}
