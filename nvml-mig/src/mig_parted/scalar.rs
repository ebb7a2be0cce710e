//! Scalars of YAML 1.1 as mig-parted reads them, which are not those of YAML 1.2: `yes` is true, and `010` is eight.

use saphyr_parser::{ScalarStyle, Tag};

/// The namespace of YAML's own tags.
const CORE: &str = "tag:yaml.org,2002:";

/// A scalar as it is written, without its quotes.
#[derive(Debug)]
pub(super) struct Scalar {
    text: String,
    /// Whether it can be something else than a string.
    is_resolved: bool,
    /// Whether it is a block of lines that are kept as they are.
    pub(super) is_literal: bool,
}

/// The value of a scalar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value<'a> {
    Null,
    Boolean(bool),
    Integer(i128),
    Float(f64),
    Text(&'a str),
}

impl Scalar {
    pub(super) fn new(text: String, style: ScalarStyle, tag: Option<&Tag>) -> Self {
        let is_resolved = match tag {
            None => style == ScalarStyle::Plain,
            Some(tag) => tag.handle == CORE && tag.suffix != "str" && tag.suffix != "binary",
        };
        let is_literal = style == ScalarStyle::Literal;
        Self {
            text,
            is_resolved,
            is_literal,
        }
    }

    /// Returns the text as it is written, without its quotes.
    pub(super) fn as_written(&self) -> &str {
        &self.text
    }

    /// Returns whether it is the key `<<`, which stands for the keys of its value.
    pub(super) fn is_merge(&self) -> bool {
        self.is_resolved && self.text == "<<"
    }

    pub(super) fn value(&self) -> Value<'_> {
        if !self.is_resolved {
            return Value::Text(&self.text);
        }
        match self.text.as_str() {
            "" | "~" | "null" | "Null" | "NULL" => Value::Null,
            "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
                Value::Boolean(true)
            }
            "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off"
            | "OFF" => Value::Boolean(false),
            text => number(text).unwrap_or(Value::Text(text)),
        }
    }

    /// Returns the text that mig-parted takes for this scalar as a key; `None` for null, which can't be one.
    pub(super) fn as_key(&self) -> Option<String> {
        match self.value() {
            Value::Null => None,
            Value::Boolean(value) => Some(value.to_string()),
            Value::Integer(value) => Some(value.to_string()),
            Value::Float(value) => Some(value.to_string()),
            Value::Text(text) => Some(text.to_owned()),
        }
    }
}

/// Returns the number; `None` for another text, to which dates belong.
fn number(text: &str) -> Option<Value<'static>> {
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return None;
    }
    let digits = text.replace('_', "");
    integer(&digits)
        .map(Value::Integer)
        .or_else(|| float(&digits))
}

fn float(text: &str) -> Option<Value<'static>> {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-');
    let float = text.chars().all(is_part).then(|| text.parse().ok())?;
    float.map(Value::Float)
}

/// Parses an integer in base 10 or, with a prefix, 16, 8 or 2; a leading 0 also means base 8.
pub(super) fn integer(text: &str) -> Option<i128> {
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    let (base, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, lower.get(2..)?),
        [b'0', b'o', ..] => (8, lower.get(2..)?),
        [b'0', b'b', ..] => (2, lower.get(2..)?),
        [b'0', _, ..] => (8, lower.get(1..)?),
        _ => (10, lower.as_str()),
    };
    let is_number = digits.starts_with(|c: char| c.is_digit(base));
    let number = is_number.then(|| i128::from_str_radix(digits, base).ok())??;
    Some(if is_negative { -number } else { number })
}
