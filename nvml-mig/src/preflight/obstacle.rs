//! An obstacle to creating an instance.

use core::fmt;

use crate::error::chain::chain;
use crate::error::environment::Place;
use crate::error::hint::{self, Hint};
use crate::error::{Cause, Error};

/// An obstacle to creating an instance, and a remedy.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Obstacle {
    /// The cause; `None` if there is no matching [`Cause`], as for a missing library.
    pub cause: Option<Cause>,
    /// Description of the obstacle, and a remedy.
    pub message: String,
}

impl Obstacle {
    /// Creates an obstacle from its description, which should include a remedy.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            cause: None,
            message: message.into(),
        }
    }

    /// Sets the cause of the obstacle.
    #[must_use]
    pub fn with_cause(self, cause: Cause) -> Self {
        Self {
            cause: Some(cause),
            ..self
        }
    }

    pub(super) fn from_error(error: &Error) -> Self {
        Self {
            cause: error.cause(),
            message: chain(error),
        }
    }

    /// NVML counts no GPU.
    pub(super) fn no_gpu() -> Self {
        Self::new(hint::no_gpu(Place::read()))
    }
}

impl From<Hint> for Obstacle {
    fn from(hint: Hint) -> Self {
        Self::new(hint.text).with_cause(hint.cause)
    }
}

/// Prints what is wrong, and what to do.
impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Writes one line per obstacle.
pub(super) fn write_all(
    f: &mut fmt::Formatter<'_>,
    obstacles: &[Obstacle],
    indent: &str,
) -> fmt::Result {
    obstacles
        .iter()
        .try_for_each(|obstacle| writeln!(f, "{indent}obstacle: {obstacle}"))
}
