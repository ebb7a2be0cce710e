//! What is wanted of the GPUs.

use std::sync::Arc;

/// A configuration, and the file that it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) config: String,
    /// The text, or why there is none.
    pub(super) file: Result<Arc<str>, String>,
}
