//! What the program prints: text for people, or JSON for programs.

mod json;
mod unreadable;

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use serde::Serialize;

use crate::exit::{Exit, code_of, of_refused};

use json::{ErrorJson, Json};
pub(crate) use unreadable::Unreadable;

/// Where output goes, and in which form.
#[derive(Debug)]
pub(crate) struct Console {
    /// What is printed at the end, if JSON is asked for.
    json: Option<Json>,
}

/// What was written to a file, and its path.
#[derive(Debug, Serialize)]
struct Written<T> {
    #[serde(flatten)]
    what: T,
    written_to: String,
}

impl Console {
    pub(crate) fn new(json: bool, command: &'static str) -> Self {
        let json = json.then(|| Json::new(command));
        Self { json }
    }

    pub(crate) const fn is_json(&self) -> bool {
        self.json.is_some()
    }

    /// Shows a result: as JSON if that is asked for, and otherwise this text.
    ///
    /// # Errors
    ///
    /// Those of the text, and write errors except that nobody reads.
    pub(crate) fn show<T: Serialize>(
        &self,
        result: T,
        text: impl FnOnce() -> Result<String, Box<dyn Error>>,
    ) -> Result<(), Box<dyn Error>> {
        match &self.json {
            Some(json) => Ok(json.set("result", &result)?),
            None => print(&text()?),
        }
    }

    /// Says as JSON what was written to a file. For people, the file itself is enough.
    ///
    /// # Errors
    ///
    /// As [`show`](Self::show).
    pub(crate) fn show_written<T: Serialize>(
        &self,
        what: T,
        path: &Path,
    ) -> Result<(), Box<dyn Error>> {
        let written_to = path.display().to_string();
        self.show(Written { what, written_to }, || Ok(String::new()))
    }

    /// From now on, a change is done: that its result can't be printed is no failure.
    pub(crate) fn change_is_done(&self) {
        if let Some(json) = &self.json {
            json.is_of_change.set(true);
        }
    }

    /// Prints one of several results, as a line of JSON.
    ///
    /// # Errors
    ///
    /// As [`print`].
    pub(crate) fn event<T: Serialize>(
        &self,
        event: T,
        text: impl FnOnce() -> String,
    ) -> Result<(), Box<dyn Error>> {
        match &self.json {
            Some(json) => print(&json.line(&event)?),
            None => print(&text()),
        }
    }

    /// Prints text for people; with JSON, nothing.
    ///
    /// # Errors
    ///
    /// As [`print`].
    pub(crate) fn text(&self, text: &str) -> Result<(), Box<dyn Error>> {
        if self.is_json() { Ok(()) } else { print(text) }
    }

    /// Says as JSON what was left out, as standard error has it already, and returns the exit code for that.
    pub(crate) fn left_out(&self, unreadable: Option<&Unreadable>) -> Exit {
        if let Some(unreadable) = unreadable {
            self.add("unreadable", &unreadable.all().collect::<Vec<_>>());
        }
        of_refused(unreadable.map(Unreadable::first))
    }

    /// Says the same of GPUs that this machine does not have.
    pub(crate) fn missing(&self, uuids: &[String]) -> Exit {
        if uuids.is_empty() {
            return Exit::Done;
        }
        self.add("missing_gpus", &uuids);
        Exit::NoGpu
    }

    /// Says why the command failed, and returns its exit code.
    pub(crate) fn fail(&self, error: &(dyn Error + 'static)) -> Exit {
        self.fail_with(&chain(error), code_of(error))
    }

    /// Says why the command failed.
    pub(crate) fn fail_with(&self, message: &str, exit: Exit) -> Exit {
        let exit_code = exit as u8;
        self.add(
            "error",
            &ErrorJson {
                kind: exit,
                exit_code,
                message,
            },
        );
        if !self.is_json() {
            note(&format!("error: {message}"));
        }
        exit
    }

    fn add(&self, name: &'static str, value: &impl Serialize) {
        let added = self.json.as_ref().map(|json| json.set(name, value));
        if let Some(Err(error)) = added {
            note(&format!("warning: '{name}' can't be printed: {error}"));
        }
    }

    /// Prints the JSON, if that is asked for. Returns the exit code.
    pub(crate) fn finish(&self, exit: Exit) -> Exit {
        let Some(json) = &self.json else {
            return exit;
        };
        let Some(Err(error)) = json.text().map(|text| print(&text)) else {
            return exit;
        };
        let what = json.error().unwrap_or_else(|| "the result".to_owned());
        if json.is_of_change.get() {
            note(&format!(
                "warning: the change is done, but {what} can't be printed: {error}"
            ));
            return exit;
        }
        note(&format!("error: {what} can't be printed: {error}"));
        exit.or(Exit::RolledBack)
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
        let console = Console::new(true, "");
        return console
            .finish(console.fail_with(message, Exit::Usage))
            .into();
    }
    match error.print() {
        // The help was asked for, and did not arrive.
        Err(failed) if !error.use_stderr() && !is_unread(&failed) => {
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
        Err(error) if !is_unread(&error) => Err(error.into()),
        _ => Ok(()),
    }
}

/// Whether standard output failed since nobody reads it. A terminal that is closed gives the error of a broken disk.
fn is_unread(error: &io::Error) -> bool {
    let is_io = error.raw_os_error() == Some(Errno::IO.raw_os_error());
    error.kind() == io::ErrorKind::BrokenPipe || (is_io && reader_is_gone())
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
