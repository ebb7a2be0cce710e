//! What holds of every answer.

use std::error::Error;
use std::fmt::{Debug, Display};
use std::str::FromStr;

use anyhow::{Result, ensure};

/// Maximum length of an error's text: a list of 64 quoted names, and a sentence.
const MOST: usize = 10_000;

/// An input that is refused with this error, each level of which is one line of text. Returns that it is not accepted.
pub(crate) fn refused(error: &dyn Error) -> Result<bool> {
    let mut next = Some(error);
    while let Some(level) = next {
        text(&level.to_string())?;
        next = level.source();
    }
    Ok(false)
}

pub(crate) fn text(text: &str) -> Result<()> {
    ensure!(text.len() < MOST, "a text of {} bytes", text.len());
    ensure!(
        !text.contains(char::is_control),
        "a control character in {text:?}"
    );
    Ok(())
}

/// Reads a text, and what it prints, which must be the same.
pub(crate) fn printed_and_read<T>(input: &str) -> Result<bool>
where
    T: FromStr<Err: Error + Send + Sync + 'static> + Display + Debug + PartialEq,
{
    match input.parse::<T>() {
        Ok(value) => {
            let again = value.to_string().parse::<T>()?;
            ensure!(again == value, "{value:?} is read back as {again:?}");
            Ok(true)
        }
        Err(problem) => refused(&problem),
    }
}
