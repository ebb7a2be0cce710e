//! An invalid text of a layout.

/// An invalid text of a layout: the position, and the problem.
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

    /// Returns the position of the first wrong character, starting at 1.
    #[must_use]
    pub const fn column(&self) -> usize {
        self.column
    }

    /// Returns the description of the problem, and the correct form.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}
