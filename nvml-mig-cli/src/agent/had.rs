//! The GPUs that have had a layout since it was wanted, as the node remembers them.

use std::collections::BTreeSet;

/// Some of the GPUs, or all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Had {
    /// As an agent wrote it that named no GPUs.
    All,
    /// Those with these UUIDs.
    These(BTreeSet<String>),
}

impl Had {
    /// Reads the annotation, also if somebody has edited it: what others changed on a GPU must not be undone for a space too many,
    /// so what can't be understood stands for all GPUs. What it says of another layout is nothing of this one.
    pub(super) fn read(annotation: Option<&str>, layout: &str) -> Self {
        let Some(annotation) = annotation else {
            return Self::none();
        };
        match understood(annotation) {
            Some((of, _)) if !of.eq_ignore_ascii_case(layout) => Self::none(),
            Some((_, uuids)) if !uuids.is_empty() => Self::These(uuids),
            _ => Self::All,
        }
    }

    /// Whether the annotation is about another layout than this one.
    pub(super) fn is_of_other(annotation: Option<&str>, layout: &str) -> bool {
        let of = annotation.and_then(understood);
        of.is_some_and(|(of, _)| !of.eq_ignore_ascii_case(layout))
    }

    pub(super) const fn none() -> Self {
        Self::These(BTreeSet::new())
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::none()
    }

    pub(super) fn has(&self, uuid: &str) -> bool {
        match self {
            Self::All => true,
            Self::These(uuids) => uuids.iter().any(|had| had.eq_ignore_ascii_case(uuid)),
        }
    }

    /// Adds GPUs that have the layout now. Only if these are all of the machine, all are known by name.
    pub(super) fn with(self, uuids: &BTreeSet<String>, are_all: bool) -> Self {
        match self {
            Self::All if are_all && !uuids.is_empty() => Self::These(uuids.clone()),
            Self::All => Self::All,
            Self::These(had) => Self::These(&had | uuids),
        }
    }

    /// What the annotation says; `None` if no GPU has had the layout.
    pub(super) fn text(&self, layout: &str) -> Option<String> {
        match self {
            Self::All => Some(layout.to_owned()),
            Self::These(uuids) if uuids.is_empty() => None,
            Self::These(uuids) => {
                let uuids: Vec<&str> = uuids.iter().map(String::as_str).collect();
                Some(format!("{layout} {}", uuids.join(",")))
            }
        }
    }
}

/// Returns the layout and the UUIDs, if there is nothing else in the annotation.
fn understood(annotation: &str) -> Option<(&str, BTreeSet<String>)> {
    let words = annotation.split(|c: char| c.is_whitespace() || c == ',');
    let mut words = words.filter(|word| !word.is_empty());
    let layout = words.next().filter(|word| is_layout(word))?;
    let uuids: Vec<&str> = words.collect();
    let are_uuids = uuids.iter().all(|word| is_uuid(word));
    are_uuids.then(|| (layout, uuids.into_iter().map(str::to_owned).collect()))
}

/// As `halves@0b1b01c439e54450`. The name is the value of a label.
fn is_layout(word: &str) -> bool {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    word.rsplit_once('@')
        .is_some_and(|(name, sum)| name.chars().all(is_of_name) && is_hex(sum, 16))
}

fn is_uuid(word: &str) -> bool {
    let parts: Vec<&str> = word.split('-').collect();
    let [gpu, parts @ ..] = parts.as_slice() else {
        return false;
    };
    let lengths = [8, 4, 4, 4, 12];
    gpu.eq_ignore_ascii_case("gpu")
        && parts.len() == lengths.len()
        && parts
            .iter()
            .zip(lengths)
            .all(|(part, length)| is_hex(part, length))
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.chars().all(|c| c.is_ascii_hexdigit())
}
