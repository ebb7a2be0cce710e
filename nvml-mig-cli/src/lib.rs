//! The program `nvml-mig`, as a library so that the workspace's own builds can turn on its feature `simulate`. This is no
//! interface for other programs: use the crate `nvml-mig`.

#[cfg(feature = "kubernetes")]
mod agent;
mod arguments;
mod change;
mod check;
mod command;
mod console;
mod drawing;
mod exit;
mod hooks;
mod machine;
mod process_group;
mod replaced_file;
mod target;

use std::process::ExitCode;

use arguments::Arguments;
use console::Console;

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    if let Some(exit) = hooks::own_session::main() {
        return exit;
    }
    let arguments = match Arguments::read() {
        Ok(arguments) => arguments,
        Err(error) => return console::command_line_error(&error),
    };
    let console = Console::new(arguments.json, arguments.command.name());
    let exit = match command::run(&arguments, &console) {
        Ok(exit) => exit,
        Err(failed) => console.fail(&*failed),
    };
    console.finish(exit).into()
}
