//! A text that is not a profile name.

/// A text that is not a profile name, with what is wrong in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{text}' is not a profile name: {reason}; write it as nvidia-smi does, such as 1g.5gb, 1g.5gb+me or 1c.3g.20gb"
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

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is wrong in it.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}
