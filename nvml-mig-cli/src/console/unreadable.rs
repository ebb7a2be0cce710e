//! What can't be read.

use nvml_mig::Error;
use serde::{Serialize, Serializer};

use super::chain;

/// GPUs that can't be read, or MIG devices of them: at least one.
#[derive(Debug)]
pub(crate) struct Unreadable {
    first: Refused,
    others: Vec<Refused>,
}

/// One of them.
#[derive(Debug, Serialize)]
pub(super) struct Refused {
    /// Such as `GPU 1`.
    what: String,
    #[serde(serialize_with = "as_text")]
    error: Error,
}

impl Unreadable {
    /// Of these, with their names; `None` if there are none.
    pub(crate) fn of(refused: impl IntoIterator<Item = (String, Error)>) -> Option<Self> {
        let mut refused = refused
            .into_iter()
            .map(|(what, error)| Refused { what, error });
        let first = refused.next()?;
        let others = refused.collect();
        Some(Self { first, others })
    }

    /// Returns why the first one can't be read.
    pub(crate) const fn first(&self) -> &Error {
        &self.first.error
    }

    /// The same.
    pub(crate) fn into_first(self) -> Error {
        self.first.error
    }

    /// Returns a sentence for each.
    pub(crate) fn lines(&self) -> impl Iterator<Item = String> {
        let line = |refused: &Refused| {
            let Refused { what, error } = refused;
            format!("{what}: can't be read: {}", chain(error))
        };
        self.all().map(line)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Refused> {
        [&self.first].into_iter().chain(&self.others)
    }
}

/// The error with its causes, as for people.
fn as_text<S: Serializer>(error: &Error, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&chain(error))
}
