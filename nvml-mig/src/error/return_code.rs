//! NVML's return codes.

use core::fmt;

use nvml_mig_sys::nvmlReturn_t;

use crate::id::c_enum;

c_enum! {
/// A code with which an NVML function refuses. A number that this crate has no name for is kept.
#[doc(alias = "nvmlReturn_t")]
ReturnCode {
    /// NVML was not initialised, or was shut down.
    Uninitialized = nvmlReturn_t::NVML_ERROR_UNINITIALIZED.0, "NVML_ERROR_UNINITIALIZED";
    /// An argument is wrong: a stale handle, an impossible placement, a number past the end.
    InvalidArgument = nvmlReturn_t::NVML_ERROR_INVALID_ARGUMENT.0, "NVML_ERROR_INVALID_ARGUMENT";
    /// Not on this GPU, or not in its present mode.
    NotSupported = nvmlReturn_t::NVML_ERROR_NOT_SUPPORTED.0, "NVML_ERROR_NOT_SUPPORTED";
    /// This process may not do that.
    NoPermission = nvmlReturn_t::NVML_ERROR_NO_PERMISSION.0, "NVML_ERROR_NO_PERMISSION";
    /// NVML was initialised before.
    AlreadyInitialized = nvmlReturn_t::NVML_ERROR_ALREADY_INITIALIZED.0, "NVML_ERROR_ALREADY_INITIALIZED";
    /// There is no such object.
    NotFound = nvmlReturn_t::NVML_ERROR_NOT_FOUND.0, "NVML_ERROR_NOT_FOUND";
    /// A buffer is too small.
    InsufficientSize = nvmlReturn_t::NVML_ERROR_INSUFFICIENT_SIZE.0, "NVML_ERROR_INSUFFICIENT_SIZE";
    /// The GPU's power cables are not attached.
    InsufficientPower = nvmlReturn_t::NVML_ERROR_INSUFFICIENT_POWER.0, "NVML_ERROR_INSUFFICIENT_POWER";
    /// The kernel driver is not loaded.
    DriverNotLoaded = nvmlReturn_t::NVML_ERROR_DRIVER_NOT_LOADED.0, "NVML_ERROR_DRIVER_NOT_LOADED";
    /// The time given ran out.
    Timeout = nvmlReturn_t::NVML_ERROR_TIMEOUT.0, "NVML_ERROR_TIMEOUT";
    /// The kernel has a problem with the GPU's interrupts.
    IrqIssue = nvmlReturn_t::NVML_ERROR_IRQ_ISSUE.0, "NVML_ERROR_IRQ_ISSUE";
    /// NVML could not load a library that it needs.
    LibraryNotFound = nvmlReturn_t::NVML_ERROR_LIBRARY_NOT_FOUND.0, "NVML_ERROR_LIBRARY_NOT_FOUND";
    /// The driver lacks the function.
    FunctionNotFound = nvmlReturn_t::NVML_ERROR_FUNCTION_NOT_FOUND.0, "NVML_ERROR_FUNCTION_NOT_FOUND";
    /// The GPU's info ROM is damaged.
    CorruptedInforom = nvmlReturn_t::NVML_ERROR_CORRUPTED_INFOROM.0, "NVML_ERROR_CORRUPTED_INFOROM";
    /// The GPU fell off the bus.
    GpuIsLost = nvmlReturn_t::NVML_ERROR_GPU_IS_LOST.0, "NVML_ERROR_GPU_IS_LOST";
    /// The GPU must be reset first.
    ResetRequired = nvmlReturn_t::NVML_ERROR_RESET_REQUIRED.0, "NVML_ERROR_RESET_REQUIRED";
    /// The operating system blocks access to the GPU.
    OperatingSystem = nvmlReturn_t::NVML_ERROR_OPERATING_SYSTEM.0, "NVML_ERROR_OPERATING_SYSTEM";
    /// The library and the kernel driver are of different versions.
    LibraryDriverVersionMismatch = nvmlReturn_t::NVML_ERROR_LIB_RM_VERSION_MISMATCH.0, "NVML_ERROR_LIB_RM_VERSION_MISMATCH";
    /// Somebody uses it.
    InUse = nvmlReturn_t::NVML_ERROR_IN_USE.0, "NVML_ERROR_IN_USE";
    /// Not enough memory.
    Memory = nvmlReturn_t::NVML_ERROR_MEMORY.0, "NVML_ERROR_MEMORY";
    /// There is no data.
    NoData = nvmlReturn_t::NVML_ERROR_NO_DATA.0, "NVML_ERROR_NO_DATA";
    /// ECC can't be used with vGPU.
    VgpuEccNotSupported = nvmlReturn_t::NVML_ERROR_VGPU_ECC_NOT_SUPPORTED.0, "NVML_ERROR_VGPU_ECC_NOT_SUPPORTED";
    /// No room: slices or engines are taken.
    InsufficientResources = nvmlReturn_t::NVML_ERROR_INSUFFICIENT_RESOURCES.0, "NVML_ERROR_INSUFFICIENT_RESOURCES";
    /// The frequency is not possible.
    FrequencyNotSupported = nvmlReturn_t::NVML_ERROR_FREQ_NOT_SUPPORTED.0, "NVML_ERROR_FREQ_NOT_SUPPORTED";
    /// The library does not know this version of the structure.
    ArgumentVersionMismatch = nvmlReturn_t::NVML_ERROR_ARGUMENT_VERSION_MISMATCH.0, "NVML_ERROR_ARGUMENT_VERSION_MISMATCH";
    /// The function is gone.
    Deprecated = nvmlReturn_t::NVML_ERROR_DEPRECATED.0, "NVML_ERROR_DEPRECATED";
    /// The system is not ready.
    NotReady = nvmlReturn_t::NVML_ERROR_NOT_READY.0, "NVML_ERROR_NOT_READY";
    /// There is no GPU.
    GpuNotFound = nvmlReturn_t::NVML_ERROR_GPU_NOT_FOUND.0, "NVML_ERROR_GPU_NOT_FOUND";
    /// Not in this state.
    InvalidState = nvmlReturn_t::NVML_ERROR_INVALID_STATE.0, "NVML_ERROR_INVALID_STATE";
    /// This kind of reset is not possible.
    ResetTypeNotSupported = nvmlReturn_t::NVML_ERROR_RESET_TYPE_NOT_SUPPORTED.0, "NVML_ERROR_RESET_TYPE_NOT_SUPPORTED";
    /// The driver does not say what went wrong.
    Unknown = nvmlReturn_t::NVML_ERROR_UNKNOWN.0, "NVML_ERROR_UNKNOWN";
}
}

impl ReturnCode {
    pub(crate) const fn from_raw(code: nvmlReturn_t) -> Self {
        Self::from_number(code.0)
    }
}

/// Such as `NVML_ERROR_INSUFFICIENT_RESOURCES (23)`.
impl fmt::Display for ReturnCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let constant = self.constant().unwrap_or("a code unknown to this crate");
        write!(f, "{constant} ({})", self.number())
    }
}
