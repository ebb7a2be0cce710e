//! A failed NVML call.

use core::fmt;

use super::hint::Hint;
use super::{Cause, ReturnCode, Subject};

/// A failed NVML call: the function, the return code, the object, the likely cause and a remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CallError {
    /// Name of the C function.
    pub function: &'static str,
    /// Return code of the function.
    pub code: ReturnCode,
    /// The object of the call.
    pub subject: Subject,
    /// Likely cause; `None` if nothing is known beyond the code.
    pub cause: Option<Cause>,
    /// Description of the cause, and a remedy.
    pub hint: Option<String>,
}

impl CallError {
    /// Creates an error without an object and a cause, for example in a test.
    ///
    /// # Examples
    ///
    /// ```
    /// use nvml_mig::error::{CallError, Cause};
    /// use nvml_mig::{Error, ReturnCode};
    ///
    /// let full = CallError::new("nvmlDeviceCreateGpuInstance", ReturnCode::InsufficientResources);
    /// let error = Error::Call(Box::new(full.with_cause(Cause::NoRoom, "no room")));
    /// assert_eq!(error.cause(), Some(Cause::NoRoom));
    /// ```
    #[must_use]
    pub fn new(function: &'static str, code: ReturnCode) -> Self {
        Self {
            function,
            code,
            subject: Subject::default(),
            cause: None,
            hint: None,
        }
    }

    /// Sets the object of the call.
    #[must_use]
    pub fn with_subject(self, subject: Subject) -> Self {
        Self { subject, ..self }
    }

    /// Sets the likely cause, and its description with a remedy.
    #[must_use]
    pub fn with_cause(self, cause: Cause, hint: impl Into<String>) -> Self {
        Self {
            cause: Some(cause),
            hint: Some(hint.into()),
            ..self
        }
    }

    pub(crate) fn explained(self, hint: Option<Hint>) -> Self {
        match hint {
            Some(hint) => self.with_cause(hint.cause, hint.text),
            None => self,
        }
    }
}

/// Prints, for example, `nvmlDeviceCreateGpuInstance: NVML_ERROR_INSUFFICIENT_RESOURCES (23) on GPU-..., profile 4g.24gb (id 0): ...`.
impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.function, self.code)?;
        if self.subject != Subject::default() {
            write!(f, " on {}", self.subject)?;
        }
        self.hint
            .as_ref()
            .map_or(Ok(()), |hint| write!(f, ": {hint}"))
    }
}

impl core::error::Error for CallError {}
