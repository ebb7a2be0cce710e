//! Reads JSON texts, with a limit on their length and on their part of error messages.

use serde::de::{DeserializeOwned, Error as _};
use serde_json::Error;

use crate::quoted::Quoted;

/// Maximum length in bytes; the snapshot of a machine with 16 partitioned GPUs has about 100 KB.
const MOST_BYTES: usize = 4 << 20;

/// Reads a value. The message of an error is one short line; it keeps line and column.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    if text.len() > MOST_BYTES {
        let length = text.len();
        return Err(Error::custom(format_args!(
            "the text has {length} bytes, and at most {MOST_BYTES} are read"
        )));
    }
    serde_json::from_str(text).map_err(in_one_line)
}

/// Shortens a message that quotes a key or value of the text.
fn in_one_line(error: Error) -> Error {
    let place = format!(" at line {} column {}", error.line(), error.column());
    let message = error.to_string();
    let Some(problem) = message.strip_suffix(&place) else {
        return Error::custom(Quoted(&message));
    };
    let quoted = Quoted(problem).to_string();
    if quoted == problem {
        return error;
    }
    // serde_json reads line and column back from the end of a message.
    Error::custom(quoted + &place)
}

#[cfg(test)]
mod tests {
    use super::{MOST_BYTES, read};

    #[test]
    fn an_error_is_one_short_line_with_its_place() {
        for text in [
            "[1,\n[",
            "[\"\u{1b}\n",
            &format!("[\n\"{}\\n\"]", "x".repeat(5000)),
        ] {
            let error = read::<Vec<u32>>(text).unwrap_err();
            let message = error.to_string();
            assert!(
                message.len() < 200 && !message.contains(char::is_control),
                "{message}"
            );
            assert!(error.line() > 0);
            assert_eq!(message.matches(" at line ").count(), 1, "{message}");
        }
        let error = read::<Vec<u32>>("[\n\"x\"]").unwrap_err();
        assert_eq!((error.line(), error.column()), (2, 3));
    }

    #[test]
    fn a_long_text_is_not_read() {
        let text = format!("[{}]", " ".repeat(MOST_BYTES));
        let message = read::<Vec<u32>>(&text).unwrap_err().to_string();
        assert_eq!(
            message,
            "the text has 4194306 bytes, and at most 4194304 are read"
        );
    }
}
