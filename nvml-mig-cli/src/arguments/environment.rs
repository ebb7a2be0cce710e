//! Environment variables. An empty one counts as unset: files of variables have such lines.

use std::env;
use std::ffi::OsString;

use clap::Command;

use crate::exit::Usage;

/// Takes the empty variables out of a command and its subcommands.
pub(super) fn without_empty_variables(command: Command) -> Command {
    let command = command.mut_args(|argument| {
        let value = argument.get_env().and_then(env::var_os);
        if value.is_some_and(|value| value.is_empty()) {
            argument.env(None::<&'static str>)
        } else {
            argument
        }
    });
    let names = command
        .get_subcommands()
        .map(|inner| inner.get_name().to_owned());
    let names: Vec<String> = names.collect();
    names.into_iter().fold(command, |command, name| {
        command.mut_subcommand(name, without_empty_variables)
    })
}

/// Returns the value of a variable.
pub(crate) fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// Returns whether a variable of mig-parted is true.
///
/// # Errors
///
/// [`Usage`] for a value that mig-parted refuses: whichever way it was taken, somebody may have meant the other.
pub(crate) fn is_true(name: &str) -> Result<bool, Usage> {
    let Some(value) = variable(name) else {
        return Ok(false);
    };
    let value = value.to_string_lossy();
    truth(&value).ok_or_else(|| {
        Usage(format!(
            "the environment variable {name} is '{}': it must be true or false",
            value.escape_debug()
        ))
    })
}

/// Reads a truth value as Go does (`strconv.ParseBool`).
pub(super) fn truth(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}
