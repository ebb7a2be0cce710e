//! A position in the text of a layout.

use super::{LayoutError, LayoutErrorKind};

/// What is left to read.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    rest: &'a str,
    /// Position of the next character, starting at 1. It is counted on the way, since a text may have thousands of entries.
    column: usize,
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        let (rest, column) = (text, 1);
        Self { rest, column }
    }

    /// Returns the position of the next character, starting at 1.
    pub(super) const fn column(&self) -> usize {
        self.column
    }

    pub(super) const fn error(&self, kind: LayoutErrorKind) -> LayoutError {
        LayoutError::new(self.column(), kind)
    }

    /// Something else was expected here.
    pub(super) fn unexpected(&mut self, expected: &'static str) -> LayoutError {
        self.skip_spaces();
        let found = self.rest.chars().next();
        self.error(LayoutErrorKind::Expected { expected, found })
    }

    pub(super) fn skip_spaces(&mut self) {
        let spaces = self.rest.len() - self.rest.trim_start().len();
        self.take(spaces);
    }

    pub(super) fn at_end(&mut self) -> bool {
        self.skip_spaces();
        self.rest.is_empty()
    }

    /// Reads this character, after any spaces, if it comes next. Nothing is read if not.
    pub(super) fn eat(&mut self, wanted: char) -> bool {
        let rest = self.rest.trim_start();
        let comes_next = rest.starts_with(wanted);
        if comes_next {
            self.take(self.rest.len() - rest.len() + wanted.len_utf8());
        }
        comes_next
    }

    /// Reads this character if it comes next and the word ends with it.
    pub(super) fn eat_unit(&mut self, unit: char) -> bool {
        match self.rest.strip_prefix(unit) {
            Some(rest) if !rest.starts_with(|c: char| c.is_alphanumeric()) => {
                self.take(unit.len_utf8());
                true
            }
            _ => false,
        }
    }

    /// Reads digits; returns an empty text if there are none.
    pub(super) fn digits(&mut self) -> &'a str {
        self.take(
            self.rest.len()
                - self
                    .rest
                    .trim_start_matches(|c: char| c.is_ascii_digit())
                    .len(),
        )
    }

    /// Reads `7*` and gives the digits. Nothing is read if it is something else.
    pub(super) fn eat_count(&mut self) -> Option<&'a str> {
        let mut ahead = self.clone();
        let digits = ahead.digits();
        if digits.is_empty() || !ahead.eat('*') {
            return None;
        }
        ahead.skip_spaces();
        *self = ahead;
        Some(digits)
    }

    /// Reads the name or id of a profile, with nvidia-smi's `MIG ` before it and attributes after it.
    pub(super) fn profile(&mut self) -> &'a str {
        let prefix = match self.rest.strip_prefix("MIG ") {
            Some(name) => self.rest.len() - name.trim_start().len(),
            None => 0,
        };
        let mut length = prefix + word(self.rest.get(prefix..).unwrap_or_default());
        // A comma in `+me,gfx` is within the name: no profile is called gfx.
        while let Some(attribute) = self.rest.get(length..).and_then(attribute) {
            let name = self.rest.get(..length).unwrap_or_default();
            if !name.contains(['+', '-']) {
                break;
            }
            length += attribute;
        }
        self.take(length)
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .unwrap_or((self.rest, ""));
        self.column += taken.chars().count();
        self.rest = rest;
        taken
    }
}

/// Length of the word at the start.
fn word(text: &str) -> usize {
    let end = text.find(|c: char| c.is_whitespace() || ",:()*".contains(c));
    end.unwrap_or(text.len())
}

/// Length of `,gfx` or another attribute at the start, with its comma.
fn attribute(text: &str) -> Option<usize> {
    let signed = text.strip_prefix(',')?;
    let length = word(signed);
    let bare = signed.get(..length)?.trim_start_matches(['+', '-']);
    ["me", "me.all", "gfx"]
        .contains(&bare)
        .then_some(length + 1)
}
