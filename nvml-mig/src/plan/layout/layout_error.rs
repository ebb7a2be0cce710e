//! An invalid text of a layout.

use core::fmt;

use crate::error::ProfileNameError;
use crate::quoted::Quoted;

/// An invalid text of a layout: the position, and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayoutError {
    column: usize,
    kind: LayoutErrorKind,
}

/// What is wrong in the text of a layout.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LayoutErrorKind {
    /// The text is empty.
    #[error("the layout is empty; write `none` for a GPU without GPU instances")]
    Empty,
    /// Something else was expected here.
    #[error("expected {expected}, found {}", found_text(*.found))]
    #[non_exhaustive]
    Expected {
        /// What was expected, such as `a comma or the end`.
        expected: &'static str,
        /// The character that was found; `None` at the end of the text.
        found: Option<char>,
    },
    /// A GPU instance profile was expected, and the text here is neither a profile name nor an id.
    #[error("expected a GPU instance profile")]
    ProfileName(#[source] ProfileNameError),
    /// The number is greater than any id or slice.
    #[error("the number {} is too large", Quoted(number))]
    #[non_exhaustive]
    TooLarge {
        /// The number as written.
        number: String,
    },
    /// The number of instances is 0, or greater than any GPU or GPU instance has.
    #[error("the count should be from 1 to {most}, not {}", Quoted(count))]
    #[non_exhaustive]
    Count {
        /// The count as written.
        count: String,
        /// Maximum number of instances.
        most: usize,
    },
    /// There are more GPU instances than any GPU has.
    #[error("no GPU has room for more than {most} GPU instances")]
    #[non_exhaustive]
    TooManyGpuInstances {
        /// Maximum number of GPU instances.
        most: usize,
    },
    /// There are more MIG devices than any GPU has.
    #[error("no GPU has room for more than {most} MIG devices")]
    #[non_exhaustive]
    TooManyMigDevices {
        /// Maximum number of MIG devices.
        most: usize,
    },
    /// There are more compute instances than any GPU instance has.
    #[error("no GPU instance has room for more than {most} compute instances")]
    #[non_exhaustive]
    TooManyComputeInstances {
        /// Maximum number of compute instances.
        most: usize,
    },
    /// Several instances would start at the same slice.
    #[error("{count} instances can't all start at the same slice")]
    #[non_exhaustive]
    SharedStart {
        /// Number of instances that share the start.
        count: usize,
    },
    /// Several compute instances would get the same id.
    #[error("{count} compute instances can't all have the same id")]
    #[non_exhaustive]
    SharedId {
        /// Number of compute instances that share the id.
        count: usize,
    },
    /// A start or a list follows a name such as `1c.3g.20gb`, where it could be that of the GPU instance or of the compute
    /// instance.
    #[error("nothing can follow {name}; write {instead} to set the placements")]
    #[non_exhaustive]
    AfterComputePart {
        /// The name, such as `1c.3g.20gb`.
        name: String,
        /// How to write it, such as `3g.20gb:start(1c:start)`.
        instead: String,
    },
    /// A compute instance has no slices.
    #[error("a compute instance has at least one slice; write 1c for one")]
    NoSlices,
}

impl LayoutError {
    pub(super) const fn new(column: usize, kind: LayoutErrorKind) -> Self {
        Self { column, kind }
    }

    /// Returns the position of the first wrong character, starting at 1.
    #[must_use]
    pub const fn column(&self) -> usize {
        self.column
    }

    /// Returns what is wrong.
    #[must_use]
    pub const fn kind(&self) -> &LayoutErrorKind {
        &self.kind
    }
}

/// Prints, for example, `column 9: expected a comma or the end, found '2'`.
impl fmt::Display for LayoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: {}", self.column, self.kind)
    }
}

/// `source()` is the source of the kind.
impl core::error::Error for LayoutError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.kind.source()
    }
}

fn found_text(found: Option<char>) -> String {
    found.map_or_else(
        || "the end of the layout".to_owned(),
        |found| format!("'{}'", Quoted(found.encode_utf8(&mut [0; 4]))),
    )
}
