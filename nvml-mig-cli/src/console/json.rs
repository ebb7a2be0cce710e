//! The JSON of a run.

use std::cell::{Cell, RefCell};

use serde::Serialize;
use serde_json::{Result, to_string_pretty};

use crate::exit::Exit;

/// The version of the JSON output. It changes when a program that reads the output might have to.
const VERSION: u32 = 1;

/// One object for each run: it is printed at the end, since something may fail after the result is known.
#[derive(Debug)]
pub(super) struct Json {
    /// The names and the JSON of its fields.
    fields: RefCell<Vec<(&'static str, String)>>,
    /// Whether the result is of a change that is done.
    pub(super) is_of_change: Cell<bool>,
}

/// Why a command failed.
#[derive(Debug, Serialize)]
pub(super) struct ErrorJson<'a> {
    pub(super) kind: Exit,
    pub(super) exit_code: u8,
    /// The error with its causes, as for people.
    pub(super) message: &'a str,
}

impl Json {
    pub(super) fn new(command: &'static str) -> Self {
        let fields = [
            ("version", VERSION.to_string()),
            ("command", format!("\"{command}\"")),
        ];
        Self {
            fields: RefCell::new(fields.to_vec()),
            is_of_change: Cell::new(false),
        }
    }

    /// Sets a field, in the place of a value that it had.
    pub(super) fn set(&self, name: &'static str, value: &impl Serialize) -> Result<()> {
        let value = to_string_pretty(value)?;
        let mut fields = self.fields.borrow_mut();
        fields.retain(|(known, _)| *known != name);
        fields.push((name, value));
        Ok(())
    }

    /// Returns the object; `None` if there is neither a result nor an error.
    pub(super) fn text(&self) -> Option<String> {
        let fields = self.fields.borrow();
        let says_something = |(name, _): &(&str, _)| matches!(*name, "result" | "error");
        fields.iter().any(says_something).then(|| {
            // No text in JSON has a line break.
            let lines = fields.iter();
            let lines =
                lines.map(|(name, value)| format!("  \"{name}\": {}", value.replace('\n', "\n  ")));
            format!("{{\n{}\n}}\n", lines.collect::<Vec<_>>().join(",\n"))
        })
    }

    /// Returns the error as a line.
    pub(super) fn error(&self) -> Option<String> {
        let fields = self.fields.borrow();
        let error = fields.iter().find(|(name, _)| *name == "error");
        error.map(|(_, value)| value.replace('\n', ""))
    }

    /// Returns one of several results as a line, with the other fields.
    pub(super) fn line(&self, event: &impl Serialize) -> Result<String> {
        let fields = self.fields.borrow();
        let fields = fields.iter();
        let fields = fields.map(|(name, value)| format!("\"{name}\":{}", value.replace('\n', "")));
        let event = format!("\"result\":{}", serde_json::to_string(event)?);
        let all: Vec<String> = fields.chain([event]).collect();
        Ok(format!("{{{}}}\n", all.join(",")))
    }
}
