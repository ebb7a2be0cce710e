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
    pub(crate) fn new(
        function: &'static str,
        code: ReturnCode,
        subject: Subject,
        hint: Option<Hint>,
    ) -> Self {
        let (cause, hint) = hint.map(|hint| (hint.cause, hint.text)).unzip();
        Self {
            function,
            code,
            subject,
            cause,
            hint,
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
