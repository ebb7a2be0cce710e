//! An invalid text of a device selector.

use crate::quoted::Quoted;

/// A text that selects no device on any machine: the text, and what was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' does not name a device: {expected}", Quoted(text))]
pub struct DeviceSelectorError {
    text: String,
    expected: &'static str,
}

impl DeviceSelectorError {
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
