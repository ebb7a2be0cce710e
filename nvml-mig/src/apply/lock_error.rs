//! Why a lock can't be taken.

use std::io;
use std::path::PathBuf;

use crate::quoted;

/// A lock that can't be taken.
#[derive(Debug, thiserror::Error)]
#[error("the lock {} can't be taken", quoted::path(path))]
#[non_exhaustive]
pub struct LockError {
    /// Path of the lock file.
    pub path: PathBuf,
    /// Why it can't be taken.
    pub source: io::Error,
}

impl LockError {
    /// Creates an error for this lock file, for example in a test.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, source: io::Error) -> Self {
        let path = path.into();
        Self { path, source }
    }
}
