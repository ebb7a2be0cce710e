//! Errors: what failed, on what, the likely cause, and what to do about it.
//!
//! Most calls fail with [`Error`]. It prints one sentence. Programs use the [`code`](Error::code), or the
//! [`cause`](Error::cause), which distinguishes cases that NVML reports with the same code. `source()` returns the next
//! error in the chain.
//!
//! ```
//! # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
//! # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
//! # let device = nvml.device_by_index(0)?;
//! use nvml_mig::ReturnCode;
//! use nvml_mig::error::Cause;
//!
//! let profile = device.gpu_instance_profile_by_name("4g.24gb")?.id;
//! let _first = device.create_gpu_instance(profile)?;
//! let error = device.create_gpu_instance(profile).unwrap_err();
//! assert_eq!(error.code(), Some(ReturnCode::InsufficientResources));
//! assert_eq!(error.cause(), Some(Cause::NoRoom));
//! assert!(error.to_string().contains("existing instances: GPU instance 0"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod call_error;
mod cause;
#[cfg(any(feature = "serde", feature = "preflight"))]
pub(crate) mod chain;
mod destroy_error;
mod driver_file_error;
pub(crate) mod environment;
pub(crate) mod hint;
mod input_error;
mod library_error;
mod listed_profile;
mod profile_error;
mod profile_name_error;
#[cfg(feature = "serde")]
mod report;
mod return_code;
mod subject;

use core::fmt;

use nvml_mig_sys::OpenError;

pub use crate::id::IdError;
pub use call_error::CallError;
pub use cause::Cause;
pub use destroy_error::DestroyError;
pub use driver_file_error::DriverFileError;
pub use input_error::InputError;
pub use library_error::LibraryError;
pub use listed_profile::{ListedProfile, ProfileId};
pub use profile_error::ProfileError;
pub use profile_name_error::ProfileNameError;
pub use return_code::ReturnCode;
pub use subject::Subject;

/// The error of most calls. It is two machine words, so that a `Result` costs little.
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
#[derive(Debug)]
#[non_exhaustive]
// A 32-bit tag leaves room for a 32-bit value beside it in a `Result`.
#[repr(u32)]
pub enum Error {
    /// No NVML library was found: the driver is not installed, or not visible in this container.
    LibraryNotFound(Box<LibraryError>),
    /// An NVML library was found, but the dynamic linker could not load it.
    LibraryUnusable(Box<LibraryError>),
    /// The library lacks a function: the driver is too old for this call.
    FunctionMissing(Box<FunctionMissing>),
    /// An NVML call failed.
    Call(Box<CallError>),
    /// The caller's input is invalid, or names something that does not exist; no NVML call failed.
    Input(Box<InputError>),
    /// A file of the kernel driver is missing, unreadable or malformed.
    DriverFile(Box<DriverFileError>),
}

impl Error {
    /// Returns NVML's return code, if an NVML call failed.
    #[must_use]
    pub fn code(&self) -> Option<ReturnCode> {
        match self {
            Self::Call(error) => Some(error.code),
            Self::FunctionMissing(_) => Some(ReturnCode::FunctionNotFound),
            _ => None,
        }
    }

    /// Returns the name of the NVML function that failed or is missing.
    #[must_use]
    pub fn function(&self) -> Option<&'static str> {
        match self {
            Self::Call(error) => Some(error.function),
            Self::FunctionMissing(error) => Some(error.function),
            _ => None,
        }
    }

    /// Names the device of a failed call that does not name one, such as a GPU that no longer tells its UUID.
    #[cfg(feature = "apply")]
    pub(crate) fn or_on(mut self, device: impl FnOnce() -> String) -> Self {
        if let Self::Call(error) = &mut self {
            error.subject.device.get_or_insert_with(device);
        }
        self
    }

    /// Returns the likely cause of a failed call, if it is known.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        match self {
            Self::Call(error) => error.cause,
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LibraryNotFound(error) | Self::LibraryUnusable(error) => error.fmt(f),
            Self::FunctionMissing(error) => error.fmt(f),
            Self::Call(error) => error.fmt(f),
            Self::Input(error) => error.fmt(f),
            Self::DriverFile(error) => error.fmt(f),
        }
    }
}

/// The text and the source are those of the inner error, so that the chain does not repeat a text.
impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::LibraryNotFound(error) | Self::LibraryUnusable(error) => error.source(),
            Self::FunctionMissing(error) => error.source(),
            Self::Call(error) => error.source(),
            Self::Input(error) => error.source(),
            Self::DriverFile(error) => error.source(),
        }
    }
}

impl From<InputError> for Error {
    fn from(error: InputError) -> Self {
        Self::Input(Box::new(error))
    }
}

impl From<ProfileError> for Error {
    fn from(error: ProfileError) -> Self {
        InputError::Profile(error).into()
    }
}

impl From<ProfileNameError> for Error {
    fn from(error: ProfileNameError) -> Self {
        ProfileError::Name(error).into()
    }
}

/// Looks at this machine for the remedy.
impl From<OpenError> for Error {
    fn from(error: OpenError) -> Self {
        let error = Box::new(LibraryError::on_this_machine(error));
        match error.error {
            OpenError::NotFound { .. } => Self::LibraryNotFound(error),
            _ => Self::LibraryUnusable(error),
        }
    }
}

impl From<DriverFileError> for Error {
    fn from(error: DriverFileError) -> Self {
        Self::DriverFile(Box::new(error))
    }
}

/// A function that the installed NVML library lacks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the NVML library{} has no {function}, which newer NVIDIA drivers have", of_driver(.driver.as_deref())
)]
#[non_exhaustive]
pub struct FunctionMissing {
    /// Name of the C function.
    pub function: &'static str,
    /// Version of the driver, such as `450.80.02`; `None` if it is not known.
    pub driver: Option<String>,
}

fn of_driver(version: Option<&str>) -> String {
    version.map_or_else(String::new, |version| format!(" of driver {version}"))
}

impl FunctionMissing {
    /// Creates the error for this C function and this version of the driver.
    #[must_use]
    pub fn new(function: &'static str, driver: Option<String>) -> Self {
        Self { function, driver }
    }
}
