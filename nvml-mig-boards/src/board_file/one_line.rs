//! Parts of a file in error messages.

use serde::de::Error as _;
use serde_json::Error;

/// Maximum number of characters of a message; without a part of the file, the longest have 300.
const MOST: usize = 1000;

/// Returns the beginning of a text in one line: characters that can't be seen are escaped, and `...` stands for the rest.
#[must_use]
pub fn one_line(text: &str) -> String {
    let mut line: String = text.chars().take(MOST).map(escaped).collect();
    if text.chars().nth(MOST).is_some() {
        line += "...";
    }
    line
}

fn escaped(character: char) -> String {
    match character {
        // A terminal shows these as they are.
        '\'' | '"' | '\\' => character.to_string(),
        _ => character.escape_debug().to_string(),
    }
}

/// Puts the message of an error, which may quote a key or value of the file, in one line. It keeps line and column.
#[must_use]
pub fn json_error(error: Error) -> Error {
    let message = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let problem = message.strip_suffix(&place).unwrap_or(&message);
    let line = one_line(problem);
    if line == problem {
        return error;
    }
    // serde_json reads line and column back from the end of a message.
    Error::custom(line + &place)
}
