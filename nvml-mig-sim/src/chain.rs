//! The text of an error with its causes.

use std::error::Error;

/// Returns the text of an error and of its sources, separated by colons: each error of this crate prints only its own
/// level.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
