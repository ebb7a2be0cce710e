//! The question before a change.

use std::error::Error;
use std::io::{BufRead, IsTerminal, Write, stdin};

use crate::exit::Usage;

/// Asks whether the changes are to be made.
///
/// # Errors
///
/// [`Usage`] unless the answer is yes, and those of standard input.
pub(super) fn ask() -> Result<(), Box<dyn Error>> {
    if !stdin().is_terminal() {
        return Err(
            Usage("standard input is not a terminal: pass --yes or --dry-run".to_owned()).into(),
        );
    }
    let _ = write!(std::io::stderr(), "Apply these changes? [y/N] ");
    let mut answer = Vec::new();
    stdin().lock().read_until(b'\n', &mut answer)?;
    if is_yes(&answer) {
        return Ok(());
    }
    Err(Usage("cancelled, nothing was changed".to_owned()).into())
}

/// Bytes that are no text are no yes.
fn is_yes(answer: &[u8]) -> bool {
    let answer = String::from_utf8_lossy(answer).trim().to_lowercase();
    matches!(answer.as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::is_yes;

    #[test]
    fn only_a_yes_is_taken_for_one() {
        for yes in ["y\n", "Y\n", " yes \r\n", "YES", "Yes"] {
            assert!(is_yes(yes.as_bytes()), "{yes:?}");
        }
        for no in ["", "\n", "n\n", "N", "no", "yess", "y y", "ye"] {
            assert!(!is_yes(no.as_bytes()), "{no:?}");
        }
        assert!(!is_yes(b"y\xff\n"));
    }
}
