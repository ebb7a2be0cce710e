//! Reasons for which the simulated driver refuses a call.

/// A refusal; each corresponds to one of NVML's return codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The library has not been initialised.
    Uninitialized,
    /// A handle, number or pointer is invalid.
    InvalidArgument,
    /// The GPU, profile or mode does not support the call.
    NotSupported,
    /// The caller lacks the privilege.
    NoPermission,
    /// There is no object with this name, index or ID.
    NotFound,
    /// The caller's buffer is too small.
    InsufficientSize,
    /// No event occurred in time.
    Timeout,
    /// The driver has no such function.
    FunctionNotFound,
    /// Processes or instances are using it.
    InUse,
    /// There is no room.
    InsufficientResources,
    /// The driver does not know the version word.
    ArgumentVersionMismatch,
    /// The simulator itself failed; the reason is on standard error.
    Unknown,
    /// A code injected by a test.
    Injected(u32),
}

impl Refusal {
    /// Returns the corresponding NVML return code.
    #[must_use]
    pub const fn code(self) -> u32 {
        match self {
            Self::Uninitialized => 1,
            Self::InvalidArgument => 2,
            Self::NotSupported => 3,
            Self::NoPermission => 4,
            Self::NotFound => 6,
            Self::InsufficientSize => 7,
            Self::Timeout => 10,
            Self::FunctionNotFound => 13,
            Self::InUse => 19,
            Self::InsufficientResources => 23,
            Self::ArgumentVersionMismatch => 25,
            Self::Unknown => 999,
            Self::Injected(code) => code,
        }
    }
}

/// The result of a call to the machine.
pub type Answer<T = ()> = Result<T, Refusal>;
