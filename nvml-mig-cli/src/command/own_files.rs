//! Completions of shells and man pages, for those who package the program.

use std::error::Error;
use std::fs;
use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::arguments::Arguments;
use crate::console::print;
use crate::exit::{Exit, Usage};

/// Prints the completions of a shell.
pub(crate) fn completions(shell: Shell) -> Result<Exit, Box<dyn Error>> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "nvml-mig", &mut text);
    print(&String::from_utf8(text)?)?;
    Ok(Exit::Done)
}

/// Writes a man page for the program, and one for each command.
pub(crate) fn man(folder: &Path) -> Result<Exit, Box<dyn Error>> {
    fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Arguments::command(), folder))
        .map_err(|error| Usage(format!("could not write to {}: {error}", folder.display())))?;
    Ok(Exit::Done)
}
