//! Texts of the input in error messages.

use core::fmt;
use std::path::Path;

/// Maximum number of characters that are quoted; a complete UUID has 40, a qualified CDI name about 80.
const MOST: usize = 100;

/// Maximum number of quoted texts in a list; NVIDIA's own configuration file has 81 configurations.
const MOST_LISTED: usize = 100;

/// Prints the beginning of a text in one line: characters that can't be seen are escaped, and `...` stands for the rest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

/// Prints the same of a whole text, such as the path of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, self.0, MOST)
    }
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, self.0, usize::MAX)
    }
}

fn write(f: &mut fmt::Formatter<'_>, text: &str, most: usize) -> fmt::Result {
    let mut length = 0_usize;
    for character in text.chars() {
        let escaped = character.escape_debug();
        // A terminal shows these as they are.
        let is_plain = matches!(character, '\'' | '"' | '\\');
        length += if is_plain { 1 } else { escaped.len() };
        if length > most {
            return f.write_str("...");
        }
        if is_plain {
            write!(f, "{character}")?;
        } else {
            write!(f, "{escaped}")?;
        }
    }
    Ok(())
}

/// Returns a whole path in one line.
pub(crate) fn path(path: &Path) -> String {
    Escaped(&path.to_string_lossy()).to_string()
}

/// Joins texts, each quoted, with this separator; after the first 100, prints how many there are more.
pub(crate) fn joined<T: AsRef<str>>(texts: &[T], separator: &str) -> String {
    let quote = |text: &T| Quoted(text.as_ref()).to_string();
    let mut quoted: Vec<String> = texts.iter().take(MOST_LISTED).map(quote).collect();
    if texts.len() > MOST_LISTED {
        quoted.push(format!("{} more", texts.len() - MOST_LISTED));
    }
    quoted.join(separator)
}

#[cfg(test)]
mod tests {
    use super::{MOST, Quoted, joined};

    #[test]
    fn what_can_be_seen_is_quoted_as_it_is() {
        for text in [
            "",
            "1g.5gb+me",
            "it's \"C:\\x\"",
            "größer 東京",
            &"x".repeat(MOST),
        ] {
            assert_eq!(Quoted(text).to_string(), text);
        }
    }

    #[test]
    fn what_can_not_be_seen_is_escaped() {
        let text = "a\n\t\r\0\u{1b}[31m\u{202e}\u{2028}\u{7f}z";
        let quoted = r"a\n\t\r\0\u{1b}[31m\u{202e}\u{2028}\u{7f}z";
        assert_eq!(Quoted(text).to_string(), quoted);
    }

    #[test]
    fn a_long_text_is_cut() {
        let long = "y".repeat(MOST + 1);
        assert_eq!(Quoted(&long).to_string(), "y".repeat(MOST) + "...");
        let invisible = "\u{202e}".repeat(1000);
        assert!(Quoted(&invisible).to_string().len() <= MOST + 3);
    }

    #[test]
    fn a_long_list_is_cut() {
        assert_eq!(joined(&["a", "b\n"], " or "), r"a or b\n");
        let many = vec!["a"; 136];
        assert!(joined(&many, ", ").ends_with("a, a, 36 more"));
    }
}
