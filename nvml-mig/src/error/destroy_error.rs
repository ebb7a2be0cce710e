//! An instance that could not be destroyed.

use core::fmt;

use super::Error;

/// An instance that could not be destroyed. It still exists, and this error returns its handle.
#[non_exhaustive]
pub struct DestroyError<Instance> {
    /// The instance that was not destroyed.
    pub instance: Instance,
    /// Why it could not be destroyed.
    pub error: Error,
}

impl<Instance> DestroyError<Instance> {
    /// Creates an error that hands back this instance, for example in a test.
    #[must_use]
    pub const fn new(instance: Instance, error: Error) -> Self {
        Self { instance, error }
    }
}

impl<Instance> fmt::Display for DestroyError<Instance> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the instance was not destroyed")
    }
}

impl<Instance> core::error::Error for DestroyError<Instance> {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        Some(&self.error)
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
