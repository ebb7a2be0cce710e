//! What can go wrong, said so that a person can act on it.

mod call_error;
mod cause;
mod driver_file_error;
pub(crate) mod hint;
mod return_code;
mod subject;

use nvml_mig_sys::OpenError;

pub use call_error::CallError;
pub use cause::Cause;
pub use driver_file_error::DriverFileError;
pub use return_code::ReturnCode;
pub use subject::Subject;

/// What a call of this crate can fail with. It is two words, so that a `Result` costs little.
///
/// To act on a particular code, match on [`code`](Self::code):
///
/// ```
/// use nvml_mig::{Error, ReturnCode};
///
/// fn is_full(error: &Error) -> bool {
///     error.code() == Some(ReturnCode::InsufficientResources)
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
// A tag of 32 bits leaves room beside it for the number that most calls give.
#[repr(u32)]
pub enum Error {
    /// No NVML library is on this machine: the driver is not installed, or not visible here.
    #[error("{}; {NO_LIBRARY}", .0)]
    LibraryNotFound(Box<OpenError>),
    /// An NVML library is there, and the dynamic linker can't load it.
    #[error("{}; reinstall the NVIDIA driver, or name another library", .0)]
    LibraryUnusable(Box<OpenError>),
    /// The library lacks a function: the driver is too old for what was asked.
    #[error(transparent)]
    FunctionMissing(Box<FunctionMissing>),
    /// NVML refused a call.
    #[error(transparent)]
    Call(Box<CallError>),
    /// The caller's own input is wrong; nothing was asked of NVML.
    #[error(transparent)]
    Input(Box<InputError>),
    /// A file of the kernel driver is not there, can't be read, or does not say what it should.
    #[error(transparent)]
    DriverFile(Box<DriverFileError>),
}

const NO_LIBRARY: &str = "install the NVIDIA driver; in a container, run it with the NVIDIA container runtime \
                          and NVIDIA_DRIVER_CAPABILITIES=utility";

impl Error {
    /// The code with which NVML refused, if it was NVML that refused.
    #[must_use]
    pub fn code(&self) -> Option<ReturnCode> {
        match self {
            Self::Call(error) => Some(error.code),
            Self::FunctionMissing(_) => Some(ReturnCode::FunctionNotFound),
            _ => None,
        }
    }

    /// The NVML function that refused or is missing.
    #[must_use]
    pub fn function(&self) -> Option<&'static str> {
        match self {
            Self::Call(error) => Some(error.function),
            Self::FunctionMissing(error) => Some(error.function),
            _ => None,
        }
    }

    /// The likely cause of a refusal, where this crate knows one.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        match self {
            Self::Call(error) => error.cause,
            _ => None,
        }
    }

    pub(crate) fn input(message: impl Into<String>) -> Self {
        let message = message.into();
        Self::Input(Box::new(InputError { message }))
    }
}

impl From<OpenError> for Error {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::NotFound { .. } => Self::LibraryNotFound(Box::new(error)),
            _ => Self::LibraryUnusable(Box::new(error)),
        }
    }
}

impl From<DriverFileError> for Error {
    fn from(error: DriverFileError) -> Self {
        Self::DriverFile(Box::new(error))
    }
}

/// A function that the installed driver's library does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the NVML library of driver {driver} has no {function}: update the NVIDIA driver to use it"
)]
#[non_exhaustive]
pub struct FunctionMissing {
    /// Name of the C function.
    pub function: &'static str,
    /// Version of the driver, such as `450.80.02`, or `of unknown version`.
    pub driver: String,
}

/// Input that can't be right, whatever the GPU.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct InputError {
    /// What is wrong, where, and what to do.
    pub message: String,
}

/// A destroy that was refused: the instance is still there, and so is the handle to it.
pub struct DestroyError<Instance> {
    /// The instance that was not destroyed.
    pub instance: Instance,
    /// Why not.
    pub error: Error,
}

/// Why not.
impl<Instance> core::fmt::Display for DestroyError<Instance> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.error.fmt(f)
    }
}

/// It says what its error says, and has its source: a chain of errors does not tell the same twice.
impl<Instance> core::error::Error for DestroyError<Instance> {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        core::error::Error::source(&self.error)
    }
}

impl<Instance> core::fmt::Debug for DestroyError<Instance> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("DestroyError").field(&self.error).finish()
    }
}

impl<Instance> From<DestroyError<Instance>> for Error {
    fn from(error: DestroyError<Instance>) -> Self {
        error.error
    }
}
