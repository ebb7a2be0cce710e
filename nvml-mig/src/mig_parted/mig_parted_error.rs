//! A problem in a file, and its position.

use core::fmt;

/// Where something stands in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// A problem in a mig-parted file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigPartedError {
    file: String,
    mark: Option<Mark>,
    message: String,
}

impl MigPartedError {
    pub(super) fn at(file: &str, mark: Mark, message: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            mark: Some(mark),
            message: message.into(),
        }
    }

    pub(super) fn of_file(file: &str, message: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            mark: None,
            message: message.into(),
        }
    }

    /// Returns the line number, starting at 1; `None` if the problem concerns the whole file.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.mark.map(|mark| mark.line)
    }

    /// Returns the position in the line, starting at 1; `None` if the problem concerns the whole file.
    #[must_use]
    pub fn column(&self) -> Option<usize> {
        self.mark.map(|mark| mark.column)
    }

    /// Returns the description of the problem.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

/// Prints, for example, `config.yaml:9:9: ...`.
impl fmt::Display for MigPartedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, message) = (&self.file, &self.message);
        match self.mark {
            Some(Mark { line, column }) => write!(f, "{file}:{line}:{column}: {message}"),
            None => write!(f, "{file}: {message}"),
        }
    }
}

impl core::error::Error for MigPartedError {}
