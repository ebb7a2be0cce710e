//! A call that NVML refused.

use core::fmt;

use super::hint::Hint;
use super::{Cause, ReturnCode, Subject};

/// A call that NVML refused: which function, with which code, on what, and what usually helps.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CallError {
    /// Name of the C function.
    pub function: &'static str,
    /// The code that it returned.
    pub code: ReturnCode,
    /// What it was asked about.
    pub subject: Subject,
    /// The likely cause here; `None` where this crate knows no more than the code says.
    pub cause: Option<Cause>,
    /// The cause in words, and what to do about it.
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

/// Such as `nvmlDeviceCreateGpuInstance: NVML_ERROR_INSUFFICIENT_RESOURCES (23) on GPU-..., profile 4g.24gb (id 0): ...`.
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
