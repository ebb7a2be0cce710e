//! A profile that can't be found.

use super::ProfileNameError;

/// A profile that can't be found by its name, id or size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// The text is not a profile name.
    #[error(transparent)]
    Name(#[from] ProfileNameError),
    /// The GPU or GPU instance has no such profile.
    #[error("{owner} has no profile {wanted}; it has {}", .available.join(", "))]
    NotFound {
        /// What was looked in, such as `this GPU`, or `3g.20gb` for a GPU instance of a model.
        owner: String,
        /// What was looked for, such as `'1g.5gb'`, `id 99` or `of 4 slices`.
        wanted: String,
        /// The profiles that it has, such as `1g.6gb (id 14)`.
        available: Vec<String>,
    },
    /// The name stands for more than one profile, since its memory is rounded.
    #[error("'{wanted}' may mean {}: write one of these", .candidates.join(" or "))]
    Ambiguous {
        /// The name.
        wanted: String,
        /// The profiles that it may mean, such as `1g.6gb (id 14)`.
        candidates: Vec<String>,
    },
}
