//! Environment variables. An empty one counts as unset: files of variables have such lines.

use std::env;

use clap::Command;

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

/// Returns the value of a variable of mig-parted.
pub(crate) fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Returns whether a variable of mig-parted is true, in the spellings that Go and clap know.
pub(super) fn is_true(name: &str) -> bool {
    let falses = ["0", "f", "false", "n", "no", "off"];
    variable(name).is_some_and(|value| !falses.contains(&value.to_lowercase().as_str()))
}
