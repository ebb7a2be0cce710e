//! What came of the questions.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;

use anyhow::{Result, ensure};
use nvml_mig_sim::chain;

/// The longest that an error may be, in bytes: several processes can be named, each with a path of 4096 characters.
const LONGEST: usize = 100_000;

/// How much of an error is printed.
const SHOWN: usize = 200;

/// The errors, each once, what was changed, and what must not be.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    errors: BTreeSet<String>,
    /// What succeeded of the changes, and is so.
    pub(crate) changed: Vec<String>,
    pub(crate) wrong: Vec<Wrong>,
}

/// What must not be.
#[derive(Debug)]
pub(crate) enum Wrong {
    /// A destroy call for what nobody asked to destroy.
    Destroyed(String),
    /// A destroy call for the instance with a process.
    DestroyedBusy(String),
    /// A success that is none.
    Success(String),
    /// An error that a terminal would carry out, or that is too long.
    Error(String),
    /// A question that changes the machine, or waits too long.
    Question(String),
}

impl Asked {
    /// Notes the error.
    pub(crate) fn note<T, E: Error>(&mut self, answer: Result<T, E>) -> Option<T> {
        answer.map_err(|error| self.error(chain(&error))).ok()
    }

    fn error(&mut self, error: String) {
        let is_odd = |character: char| character.is_control() && character != '\n';
        if error.len() > LONGEST || error.contains(is_odd) {
            let start: String = error.chars().take(300).collect();
            self.wrong.push(Wrong::Error(format!("{start:?}")));
        }
        self.errors.insert(error);
    }

    /// Whether there was no error.
    pub(crate) fn is_fine(&self) -> bool {
        self.errors.is_empty() && self.wrong.is_empty()
    }

    /// Fails unless every change was made that an honest driver makes.
    pub(crate) fn all_succeeded(&self) -> Result<()> {
        let expected = crate::changes::EXPECTED;
        ensure!(
            self.changed == expected,
            "expected the changes {expected:?}, got {:?}",
            self.changed
        );
        Ok(())
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} changes", self.changed.len())?;
        for error in &self.errors {
            let start: String = error.chars().take(SHOWN).collect();
            write!(f, "; {}", start.replace('\n', " "))?;
        }
        Ok(())
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Destroyed(call) => write!(f, "a destroy call that nobody asked for: {call}"),
            Self::DestroyedBusy(call) => write!(f, "a destroy call for a busy instance: {call}"),
            Self::Success(what) => write!(f, "a success that is none: {what}"),
            Self::Error(error) => {
                write!(f, "an error too long, or with control characters: {error}")
            }
            Self::Question(what) => f.write_str(what),
        }
    }
}
