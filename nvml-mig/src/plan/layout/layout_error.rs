//! What is wrong with the text of a layout.

/// A text that is no layout: where, and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {message}")]
pub struct LayoutError {
    column: usize,
    message: String,
}

impl LayoutError {
    pub(super) fn new(column: usize, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { column, message }
    }

    /// The character at which it goes wrong, the first being 1.
    #[must_use]
    pub const fn column(&self) -> usize {
        self.column
    }

    /// What is wrong there, and how to write it.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}
