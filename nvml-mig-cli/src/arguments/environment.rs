//! The environment variables of mig-parted.

use std::env;

/// Returns the value of a variable. An empty variable counts as unset: files of variables have such lines.
pub(crate) fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Returns whether a variable is true, in the spellings that Go and clap know.
pub(super) fn is_true(name: &str) -> bool {
    let falses = ["0", "f", "false", "n", "no", "off"];
    variable(name).is_some_and(|value| !falses.contains(&value.to_lowercase().as_str()))
}
