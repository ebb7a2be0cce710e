//! No NVML library could be opened.

use core::fmt;

use nvml_mig_sys::OpenError;

use super::environment::Environment;
use super::hint;

/// The library that could not be opened, and what to do about it on this machine.
#[derive(Debug)]
#[non_exhaustive]
pub struct LibraryError {
    /// What was tried, what was found elsewhere, or what is wrong with the file.
    pub error: OpenError,
    /// A sentence with a remedy, which depends on where this process runs.
    pub remedy: String,
}

impl LibraryError {
    /// Creates the error with a remedy.
    #[must_use]
    pub fn new(error: OpenError, remedy: impl Into<String>) -> Self {
        let remedy = remedy.into();
        Self { error, remedy }
    }

    /// Finds the remedy by looking at this machine.
    pub(super) fn on_this_machine(error: OpenError) -> Self {
        let remedy = hint::no_library(&error, &Environment::read());
        Self { error, remedy }
    }
}

impl fmt::Display for LibraryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.error, self.remedy)
    }
}

/// The text contains that of the inner error, so `source()` is the source of that.
impl core::error::Error for LibraryError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.error.source()
    }
}
