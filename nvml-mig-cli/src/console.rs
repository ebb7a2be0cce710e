//! What the program prints: text for people, or JSON for programs.

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde::Serialize;

use crate::exit::{Exit, code_of};

/// The version of the JSON output. It changes when a program that reads the output might have to.
const JSON_VERSION: u32 = 1;

/// Where output goes, and in which form.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Console {
    json: bool,
    command: &'static str,
}

/// All that a command prints as JSON.
#[derive(Debug, Serialize)]
struct Envelope<'a, T> {
    version: u32,
    command: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorJson>,
}

/// Why a command failed.
#[derive(Debug, Serialize)]
struct ErrorJson {
    kind: Exit,
    exit_code: u8,
    /// The error with its causes, as for people.
    message: String,
}

/// What was written to a file, and its path.
#[derive(Debug, Serialize)]
struct Written<T> {
    #[serde(flatten)]
    what: T,
    written_to: String,
}

impl Console {
    pub(crate) const fn new(json: bool, command: &'static str) -> Self {
        Self { json, command }
    }

    pub(crate) const fn is_json(self) -> bool {
        self.json
    }

    /// Prints a result: as JSON if that is asked for, and otherwise this text.
    ///
    /// # Errors
    ///
    /// Those of the text, and write errors except that nobody reads.
    pub(crate) fn show<T: Serialize>(
        self,
        result: T,
        text: impl FnOnce() -> Result<String, Box<dyn Error>>,
    ) -> Result<(), Box<dyn Error>> {
        if self.json {
            self.print_json(Some(result), None)
        } else {
            print(&text()?)
        }
    }

    /// Says as JSON what was written to a file. For people, the file itself is enough.
    ///
    /// # Errors
    ///
    /// As [`show`](Self::show).
    pub(crate) fn show_written<T: Serialize>(
        self,
        what: T,
        path: &Path,
    ) -> Result<(), Box<dyn Error>> {
        let written_to = path.display().to_string();
        self.show(Written { what, written_to }, || Ok(String::new()))
    }

    /// Prints one of several results, as a line of JSON.
    ///
    /// # Errors
    ///
    /// As [`print`].
    pub(crate) fn event<T: Serialize>(
        self,
        event: T,
        text: impl FnOnce() -> String,
    ) -> Result<(), Box<dyn Error>> {
        if !self.json {
            return print(&text());
        }
        let envelope = self.envelope(Some(event), None);
        print(&format!("{}\n", serde_json::to_string(&envelope)?))
    }

    /// Prints text for people; with JSON, nothing.
    ///
    /// # Errors
    ///
    /// As [`print`].
    pub(crate) fn text(self, text: &str) -> Result<(), Box<dyn Error>> {
        if self.json { Ok(()) } else { print(text) }
    }

    /// Prints why the command failed, and returns its exit code.
    pub(crate) fn fail(self, error: &(dyn Error + 'static)) -> Exit {
        self.fail_with(&chain(error), code_of(error))
    }

    /// Prints why the command failed.
    pub(crate) fn fail_with(self, message: &str, exit: Exit) -> Exit {
        if !self.json {
            note(&format!("error: {message}"));
            return exit;
        }
        let error = ErrorJson {
            kind: exit,
            exit_code: exit as u8,
            message: message.to_owned(),
        };
        if let Err(error) = self.print_json(None::<()>, Some(error)) {
            note(&format!(
                "error: {message}; and it can't be printed: {error}"
            ));
        }
        exit
    }

    fn print_json<T: Serialize>(
        self,
        result: Option<T>,
        error: Option<ErrorJson>,
    ) -> Result<(), Box<dyn Error>> {
        let envelope = self.envelope(result, error);
        print(&format!("{}\n", serde_json::to_string_pretty(&envelope)?))
    }

    const fn envelope<T>(
        self,
        result: Option<T>,
        error: Option<ErrorJson>,
    ) -> Envelope<'static, T> {
        Envelope {
            version: JSON_VERSION,
            command: self.command,
            result,
            error,
        }
    }
}

/// Prints what is wrong about the command line, or the help that was asked for.
pub(crate) fn command_line_error(error: &clap::Error) -> ExitCode {
    let mut arguments = std::env::args_os();
    let wants_json = arguments.any(|argument| argument == "--json" || argument == "--json=true");
    if wants_json && error.use_stderr() {
        let message = error.render().to_string();
        let message = message
            .strip_prefix("error: ")
            .unwrap_or(&message)
            .trim_end();
        return Console::new(true, "")
            .fail_with(message, Exit::Usage)
            .into();
    }
    match error.print() {
        // The help was asked for, and did not arrive.
        Err(failed) if !error.use_stderr() && failed.kind() != io::ErrorKind::BrokenPipe => {
            note(&format!("error: it can't be printed: {failed}"));
            return Exit::RolledBack.into();
        }
        // A closed pipe or terminal is nothing that could be told.
        _ => {}
    }
    u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}

/// Writes to standard output. A reader that stops early, such as `head`, is not an error.
///
/// # Errors
///
/// Any other write error.
pub(crate) fn print(text: &str) -> Result<(), Box<dyn Error>> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Returns whether nobody reads standard output any more: the other end of a pipe or a terminal is closed.
pub(crate) fn reader_is_gone() -> bool {
    let stdout = io::stdout();
    let mut polled = [PollFd::new(&stdout, PollFlags::empty())];
    let at_once = Timespec::default();
    let gone = PollFlags::ERR | PollFlags::HUP;
    // If it is unknown, the next write tells.
    poll(&mut polled, Some(&at_once)).is_ok()
        && polled.iter().any(|fd| fd.revents().intersects(gone))
}

/// Writes a line to standard error. If that is closed, nobody reads it, and the program goes on: it may be in the middle of a
/// change.
pub(crate) fn note(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Formats an error with its causes, each of which prints only its own level.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}
