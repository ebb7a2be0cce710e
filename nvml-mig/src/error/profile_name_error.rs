//! An invalid profile name.

use crate::quoted::Quoted;

/// An invalid profile name: the text, and the reason why it is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{}' is not a profile name: {reason}; write it as nvidia-smi does, such as 1g.5gb, 1g.5gb+me or 1c.3g.20gb",
    Quoted(text)
)]
pub struct ProfileNameError {
    text: String,
    reason: String,
}

impl ProfileNameError {
    pub(crate) fn new(text: &str, reason: String) -> Self {
        let text = text.to_owned();
        Self { text, reason }
    }

    /// Returns the invalid text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the reason why the text is not a profile name.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}
