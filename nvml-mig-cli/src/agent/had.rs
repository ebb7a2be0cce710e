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
    /// Reads the annotation, also if somebody has edited it: what others changed on a GPU must not be undone for a space too many.
    /// What it says of another layout is nothing of this one.
    pub(super) fn read(annotation: Option<&str>, layout: &str) -> Self {
        let annotation = annotation.unwrap_or_default();
        let words = annotation.split(|c: char| c.is_whitespace() || c == ',');
        let mut words = words.filter(|word| !word.is_empty());
        if words
            .next()
            .is_none_or(|of| !of.eq_ignore_ascii_case(layout))
        {
            return Self::none();
        }
        let uuids: BTreeSet<String> = words.map(str::to_owned).collect();
        match uuids.is_empty() {
            true => Self::All,
            false => Self::These(uuids),
        }
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
