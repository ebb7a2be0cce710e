//! A profile that was not found.

use super::ProfileNameError;
use super::listed_profile::{ListedProfile, joined};
use crate::quoted::Quoted;

/// A profile that was not found by its name, id or size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// The text is not a profile name.
    #[error(transparent)]
    Name(#[from] ProfileNameError),
    /// The GPU or GPU instance has no such profile.
    #[error(
        "{} has no profile {}; it has {}{}",
        Quoted(owner),
        Quoted(wanted),
        all(.available),
        nearest_text(.nearest)
    )]
    #[non_exhaustive]
    NotFound {
        /// The owner of the profiles: `this GPU`, `this GPU instance`, or `3g.20gb` for a GPU instance of a model.
        owner: String,
        /// Description of the requested profile: `'1g.5gb'`, `id 99` or `of 4 slices`.
        wanted: String,
        /// The available profiles.
        available: Vec<ListedProfile>,
        /// Those of them whose names are nearest to the requested one; empty if none is near, or if no name was requested.
        nearest: Vec<ListedProfile>,
    },
    /// The name matches more than one profile, since drivers round the memory differently.
    #[error("'{}' is ambiguous: write {}", Quoted(wanted), joined(.candidates, " or "))]
    #[non_exhaustive]
    Ambiguous {
        /// The ambiguous name.
        wanted: String,
        /// The matching profiles.
        candidates: Vec<ListedProfile>,
    },
}

/// Such as `; the nearest is 1g.10gb (id 19)`.
fn nearest_text(nearest: &[ListedProfile]) -> String {
    match nearest {
        [] => String::new(),
        [only] => format!("; the nearest is {only}"),
        nearest => format!("; the nearest are {}", joined(nearest, " and ")),
    }
}

fn all(profiles: &[ListedProfile]) -> String {
    match profiles {
        [] => "none".to_owned(),
        profiles => joined(profiles, ", "),
    }
}
