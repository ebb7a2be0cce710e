//! Errors with their sources.

use std::error::Error;

/// The texts of an error and of all its sources, as a program prints them.
pub fn chain(error: &dyn Error) -> String {
    texts(error).join(": ")
}

/// The same one by one. The first is the error's own.
pub fn texts(error: &dyn Error) -> Vec<String> {
    let mut texts = vec![error.to_string()];
    let mut source = error.source();
    while let Some(error) = source {
        texts.push(error.to_string());
        source = error.source();
    }
    texts
}
