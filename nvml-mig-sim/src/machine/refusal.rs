//! Why the simulated driver refuses a call.

/// A refusal, as one of NVML's return codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The library was not started.
    Uninitialized,
    /// A handle, number or pointer that makes no sense.
    InvalidArgument,
    /// This GPU, profile or mode has no such thing.
    NotSupported,
    /// The caller is not privileged.
    NoPermission,
    /// Nothing of that name, index or id.
    NotFound,
    /// The caller's buffer is too small.
    InsufficientSize,
    /// Nothing happened in time.
    Timeout,
    /// This driver has no such function.
    FunctionNotFound,
    /// Processes or instances are on it.
    InUse,
    /// No room.
    InsufficientResources,
    /// A version word that this driver does not know.
    ArgumentVersionMismatch,
    /// The simulator itself failed; it says why on standard error.
    Unknown,
    /// A code that a test asked for.
    Injected(u32),
}

impl Refusal {
    /// The number that NVML returns for it.
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

/// What a question to the machine comes to.
pub type Answer<T = ()> = Result<T, Refusal>;
