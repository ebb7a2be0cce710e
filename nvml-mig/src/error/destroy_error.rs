//! A destroy that was refused.

use core::fmt;

use super::Error;

/// A destroy that was refused: the instance is still there, and so is the handle to it.
#[non_exhaustive]
pub struct DestroyError<Instance> {
    /// The instance that was not destroyed.
    pub instance: Instance,
    /// The refusal.
    pub error: Error,
}

impl<Instance> fmt::Display for DestroyError<Instance> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

/// It says what its error says, and has its source: a chain of errors does not tell the same twice.
impl<Instance> core::error::Error for DestroyError<Instance> {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        core::error::Error::source(&self.error)
    }
}

impl<Instance> fmt::Debug for DestroyError<Instance> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DestroyError").field(&self.error).finish()
    }
}

impl<Instance> From<DestroyError<Instance>> for Error {
    fn from(error: DestroyError<Instance>) -> Self {
        error.error
    }
}
