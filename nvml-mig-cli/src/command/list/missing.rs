//! What could not be read of a GPU, and why.

use core::fmt;

use nvml_mig::{Error, ReturnCode};
use serde::Serialize;

use crate::console::chain;

/// What could not be read: one entry for all that was refused with the same code.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Missing(Vec<Entry>);

#[derive(Debug, Serialize)]
struct Entry {
    what: Vec<&'static str>,
    /// The first of the errors.
    error: String,
    #[serde(skip)]
    code: Option<ReturnCode>,
}

impl Missing {
    /// Notes the error, if any.
    pub(crate) fn note<T>(&mut self, what: &'static str, answer: Result<T, Error>) -> Option<T> {
        match answer {
            Ok(answer) => Some(answer),
            Err(error) => {
                self.add(what, &error);
                None
            }
        }
    }

    fn add(&mut self, what: &'static str, error: &Error) {
        let code = error.code();
        match self.0.iter_mut().find(|entry| entry.code == code) {
            Some(entry) if entry.what.contains(&what) => {}
            Some(entry) => entry.what.push(what),
            None => self.0.push(Entry {
                what: vec![what],
                error: chain(error),
                code,
            }),
        }
    }
}

/// Prints one line for each entry.
impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|entry| {
            let what = match entry.what.as_slice() {
                [all @ .., last] if !all.is_empty() => format!("{} and {last}", all.join(", ")),
                all => all.concat(),
            };
            writeln!(f, "not shown: {what}: {}", entry.error)
        })
    }
}
