//! An invalid text of a version.

use crate::quoted::Quoted;

/// An invalid text of a version: the text, and the form that was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is not a {expected}", Quoted(text))]
pub struct VersionError {
    text: String,
    /// Such as `driver version: write numbers separated by dots, such as 550.163.01`.
    expected: &'static str,
}

impl VersionError {
    pub(super) fn new(text: &str, expected: &'static str) -> Self {
        let text = text.to_owned();
        Self { text, expected }
    }

    /// Returns the invalid text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}
