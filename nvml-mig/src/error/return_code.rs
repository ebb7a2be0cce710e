//! NVML's return codes.

use core::fmt;

use nvml_mig_sys::nvmlReturn_t;

/// Writes the enum, and both directions between it and C's numbers, from one table.
macro_rules! return_codes {
    ($($(#[$doc:meta])* $name:ident = $constant:ident, $alias:literal;)*) => {
        /// A code with which an NVML function refuses. A number that this crate has no name for is kept.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[non_exhaustive]
        #[doc(alias = "nvmlReturn_t")]
        pub enum ReturnCode {
            $($(#[$doc])* #[doc(alias = $alias)] $name,)*
            /// A number that nvml.h of CUDA 13.5 does not name.
            Other(u32),
        }

        impl ReturnCode {
            pub(crate) fn from_raw(code: nvmlReturn_t) -> Self {
                match code {
                    $(nvmlReturn_t::$constant => Self::$name,)*
                    nvmlReturn_t(number) => Self::Other(number),
                }
            }

            /// The number that C has for it.
            #[must_use]
            pub const fn number(self) -> u32 {
                match self {
                    $(Self::$name => nvmlReturn_t::$constant.0,)*
                    Self::Other(number) => number,
                }
            }

            /// The constant's name in nvml.h, such as `NVML_ERROR_INSUFFICIENT_RESOURCES`.
            const fn constant(self) -> &'static str {
                match self {
                    $(Self::$name => $alias,)*
                    Self::Other(_) => "a code unknown to this crate",
                }
            }
        }
    };
}

return_codes! {
    /// NVML was not initialised, or was shut down.
    Uninitialized = NVML_ERROR_UNINITIALIZED, "NVML_ERROR_UNINITIALIZED";
    /// An argument is wrong: a stale handle, an impossible placement, a number past the end.
    InvalidArgument = NVML_ERROR_INVALID_ARGUMENT, "NVML_ERROR_INVALID_ARGUMENT";
    /// Not on this GPU, or not in its present mode.
    NotSupported = NVML_ERROR_NOT_SUPPORTED, "NVML_ERROR_NOT_SUPPORTED";
    /// This process may not do that.
    NoPermission = NVML_ERROR_NO_PERMISSION, "NVML_ERROR_NO_PERMISSION";
    /// NVML was initialised before.
    AlreadyInitialized = NVML_ERROR_ALREADY_INITIALIZED, "NVML_ERROR_ALREADY_INITIALIZED";
    /// There is no such object.
    NotFound = NVML_ERROR_NOT_FOUND, "NVML_ERROR_NOT_FOUND";
    /// A buffer is too small.
    InsufficientSize = NVML_ERROR_INSUFFICIENT_SIZE, "NVML_ERROR_INSUFFICIENT_SIZE";
    /// The GPU's power cables are not attached.
    InsufficientPower = NVML_ERROR_INSUFFICIENT_POWER, "NVML_ERROR_INSUFFICIENT_POWER";
    /// The kernel driver is not loaded.
    DriverNotLoaded = NVML_ERROR_DRIVER_NOT_LOADED, "NVML_ERROR_DRIVER_NOT_LOADED";
    /// The time given ran out.
    Timeout = NVML_ERROR_TIMEOUT, "NVML_ERROR_TIMEOUT";
    /// The kernel has a problem with the GPU's interrupts.
    IrqIssue = NVML_ERROR_IRQ_ISSUE, "NVML_ERROR_IRQ_ISSUE";
    /// NVML could not load a library that it needs.
    LibraryNotFound = NVML_ERROR_LIBRARY_NOT_FOUND, "NVML_ERROR_LIBRARY_NOT_FOUND";
    /// The driver lacks the function.
    FunctionNotFound = NVML_ERROR_FUNCTION_NOT_FOUND, "NVML_ERROR_FUNCTION_NOT_FOUND";
    /// The GPU's info ROM is damaged.
    CorruptedInforom = NVML_ERROR_CORRUPTED_INFOROM, "NVML_ERROR_CORRUPTED_INFOROM";
    /// The GPU fell off the bus.
    GpuIsLost = NVML_ERROR_GPU_IS_LOST, "NVML_ERROR_GPU_IS_LOST";
    /// The GPU must be reset first.
    ResetRequired = NVML_ERROR_RESET_REQUIRED, "NVML_ERROR_RESET_REQUIRED";
    /// The operating system blocks access to the GPU.
    OperatingSystem = NVML_ERROR_OPERATING_SYSTEM, "NVML_ERROR_OPERATING_SYSTEM";
    /// The library and the kernel driver are of different versions.
    LibraryDriverVersionMismatch = NVML_ERROR_LIB_RM_VERSION_MISMATCH, "NVML_ERROR_LIB_RM_VERSION_MISMATCH";
    /// Somebody uses it.
    InUse = NVML_ERROR_IN_USE, "NVML_ERROR_IN_USE";
    /// Not enough memory.
    Memory = NVML_ERROR_MEMORY, "NVML_ERROR_MEMORY";
    /// There is no data.
    NoData = NVML_ERROR_NO_DATA, "NVML_ERROR_NO_DATA";
    /// ECC can't be used with vGPU.
    VgpuEccNotSupported = NVML_ERROR_VGPU_ECC_NOT_SUPPORTED, "NVML_ERROR_VGPU_ECC_NOT_SUPPORTED";
    /// No room: slices or engines are taken.
    InsufficientResources = NVML_ERROR_INSUFFICIENT_RESOURCES, "NVML_ERROR_INSUFFICIENT_RESOURCES";
    /// The frequency is not possible.
    FrequencyNotSupported = NVML_ERROR_FREQ_NOT_SUPPORTED, "NVML_ERROR_FREQ_NOT_SUPPORTED";
    /// The library does not know this version of the structure.
    ArgumentVersionMismatch = NVML_ERROR_ARGUMENT_VERSION_MISMATCH, "NVML_ERROR_ARGUMENT_VERSION_MISMATCH";
    /// The function is gone.
    Deprecated = NVML_ERROR_DEPRECATED, "NVML_ERROR_DEPRECATED";
    /// The system is not ready.
    NotReady = NVML_ERROR_NOT_READY, "NVML_ERROR_NOT_READY";
    /// There is no GPU.
    GpuNotFound = NVML_ERROR_GPU_NOT_FOUND, "NVML_ERROR_GPU_NOT_FOUND";
    /// Not in this state.
    InvalidState = NVML_ERROR_INVALID_STATE, "NVML_ERROR_INVALID_STATE";
    /// This kind of reset is not possible.
    ResetTypeNotSupported = NVML_ERROR_RESET_TYPE_NOT_SUPPORTED, "NVML_ERROR_RESET_TYPE_NOT_SUPPORTED";
    /// The driver does not say what went wrong.
    Unknown = NVML_ERROR_UNKNOWN, "NVML_ERROR_UNKNOWN";
}

/// Such as `NVML_ERROR_INSUFFICIENT_RESOURCES (23)`.
impl fmt::Display for ReturnCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.constant(), self.number())
    }
}
