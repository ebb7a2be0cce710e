//! What is not as expected.

use std::fmt::{self, Display};

use nvml_mig::Error;
use serde::Serialize;

use crate::console::chain;
use crate::exit::{Exit, of_refused};

/// A figure of the driver that is not the expected one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    /// What says otherwise.
    pub(super) source: Source,
    /// The part of the GPU, such as `1g.5gb`.
    pub(super) about: String,
    /// The name of the figure, such as `memory_mib`.
    pub(super) figure: String,
    pub(super) expected: String,
    pub(super) found: String,
}

/// Where an expected figure comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Source {
    /// The table of the board.
    Catalogue,
    /// A rule that this library relies on.
    Rule,
}

/// The findings of a GPU, and what they are out of.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Findings {
    /// How many figures were compared.
    pub(super) compared: usize,
    /// Those that differ.
    pub(super) findings: Vec<Finding>,
    /// What could not be compared, and why.
    pub(super) not_checked: Vec<String>,
    /// What should be readable and is not, and why.
    pub(super) not_read: Vec<String>,
    /// The exit code for the first of these.
    #[serde(skip)]
    refused: Option<Exit>,
}

impl Findings {
    /// Compares a figure by its text.
    pub(super) fn compare(
        &mut self,
        source: Source,
        (about, figure): (&str, &str),
        expected: &dyn Display,
        found: &dyn Display,
    ) {
        self.compared += 1;
        let (expected, found) = (expected.to_string(), found.to_string());
        if expected == found {
            return;
        }
        self.findings.push(Finding {
            source,
            about: about.to_owned(),
            figure: figure.to_owned(),
            expected,
            found: without_uuids(&found),
        });
    }

    /// Notes why something is not compared.
    pub(super) fn not_checked(&mut self, what: &str, why: &impl Display) {
        add(&mut self.not_checked, what, &why.to_string());
    }

    /// Returns what was read, or notes why it can't be. A function that the driver lacks is none of its errors.
    pub(super) fn read<T>(&mut self, what: &str, read: Result<T, Error>) -> Option<T> {
        let error = match read {
            Ok(read) => return Some(read),
            Err(error) => error,
        };
        let why = chain(&error);
        if matches!(error, Error::FunctionMissing(_)) {
            self.not_checked(what, &why);
        } else {
            add(&mut self.not_read, what, &why);
            self.refused.get_or_insert(of_refused(Some(&error)));
        }
        None
    }

    /// Returns the exit code. A check that is not complete is no answer, whatever was found.
    pub(super) fn exit(&self) -> Exit {
        let found = if self.findings.is_empty() {
            Exit::Done
        } else {
            Exit::False
        };
        self.refused.unwrap_or(found)
    }
}

/// Adds a line, once: each layout that is tried may give it.
fn add(lines: &mut Vec<String>, what: &str, why: &str) {
    let line = format!("{what}: {}", without_uuids(why));
    if !lines.contains(&line) {
        lines.push(line);
    }
}

/// Prints one sentence.
impl Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            about,
            figure,
            expected,
            found,
            ..
        } = self;
        let source = match self.source {
            Source::Catalogue => "in the catalogue",
            Source::Rule => "by the rules",
        };
        write!(
            f,
            "{about}: {figure} is {found} here, and {expected} {source}"
        )
    }
}

/// Returns a list as text, to compare and to print.
pub(super) fn list<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    if items.is_empty() {
        return "none".to_owned();
    }
    items.join(", ")
}

/// Replaces the UUIDs in an error: nobody needs to know whose GPU it is.
pub(super) fn without_uuids(text: &str) -> String {
    let is_between = |c: char| !(c.is_ascii_alphanumeric() || c == '-');
    let words = text.split_inclusive(is_between);
    let mut shown = String::new();
    for word in words {
        let name = word.trim_end_matches(is_between);
        let is_uuid = name.len() >= UUID && (name.starts_with("GPU-") || name.starts_with("MIG-"));
        if is_uuid {
            shown += name.get(..4).unwrap_or_default();
            shown += "...";
            shown += word.get(name.len()..).unwrap_or_default();
        } else {
            shown += word;
        }
    }
    shown
}

/// The length of a UUID with its prefix.
const UUID: usize = 40;

#[cfg(test)]
mod tests {
    use super::without_uuids;

    #[test]
    fn an_error_names_no_gpu() {
        let uuid = "d8cc0821-ca1b-5f17-921e-62483ae9e543";
        for (text, shown) in [
            (format!("on GPU-{uuid}, in use"), "on GPU-..., in use"),
            (
                format!("GPU 0 (GPU-{uuid}): MIG-{uuid}"),
                "GPU 0 (GPU-...): MIG-...",
            ),
            (format!("MIG-GPU-{uuid}/1/0"), "MIG-.../1/0"),
            (
                "GPU-less MIG-mode 1g.5gb".to_owned(),
                "GPU-less MIG-mode 1g.5gb",
            ),
        ] {
            assert_eq!(without_uuids(&text), shown);
        }
    }
}
