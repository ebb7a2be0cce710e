//! NVML's return codes.

use core::fmt;

use nvml_mig_sys::nvmlReturn_t;

use crate::id::c_enum;

c_enum! {
/// The return code of a failed NVML call. Unknown numbers are preserved.
#[doc(alias = "nvmlReturn_t")]
ReturnCode {
    /// The call succeeded. As the code of an error: its answer can't be right.
    Success = nvmlReturn_t::NVML_SUCCESS.0, "NVML_SUCCESS";
    /// NVML was not initialised, or was shut down.
    Uninitialized = nvmlReturn_t::NVML_ERROR_UNINITIALIZED.0, "NVML_ERROR_UNINITIALIZED";
    /// An argument is wrong: a stale handle, an impossible placement, a number past the end.
    InvalidArgument = nvmlReturn_t::NVML_ERROR_INVALID_ARGUMENT.0, "NVML_ERROR_INVALID_ARGUMENT";
    /// Not supported on this GPU, or not in its current mode.
    NotSupported = nvmlReturn_t::NVML_ERROR_NOT_SUPPORTED.0, "NVML_ERROR_NOT_SUPPORTED";
    /// The process lacks the permission.
    NoPermission = nvmlReturn_t::NVML_ERROR_NO_PERMISSION.0, "NVML_ERROR_NO_PERMISSION";
    /// NVML was already initialised.
    AlreadyInitialized = nvmlReturn_t::NVML_ERROR_ALREADY_INITIALIZED.0, "NVML_ERROR_ALREADY_INITIALIZED";
    /// The object does not exist.
    NotFound = nvmlReturn_t::NVML_ERROR_NOT_FOUND.0, "NVML_ERROR_NOT_FOUND";
    /// A buffer is too small.
    InsufficientSize = nvmlReturn_t::NVML_ERROR_INSUFFICIENT_SIZE.0, "NVML_ERROR_INSUFFICIENT_SIZE";
    /// The GPU's power cables are not attached.
    InsufficientPower = nvmlReturn_t::NVML_ERROR_INSUFFICIENT_POWER.0, "NVML_ERROR_INSUFFICIENT_POWER";
    /// The kernel driver is not loaded.
    DriverNotLoaded = nvmlReturn_t::NVML_ERROR_DRIVER_NOT_LOADED.0, "NVML_ERROR_DRIVER_NOT_LOADED";
    /// The time limit was exceeded.
    Timeout = nvmlReturn_t::NVML_ERROR_TIMEOUT.0, "NVML_ERROR_TIMEOUT";
    /// The kernel has a problem with the GPU's interrupts.
    IrqIssue = nvmlReturn_t::NVML_ERROR_IRQ_ISSUE.0, "NVML_ERROR_IRQ_ISSUE";
    /// NVML could not load a library that it depends on.
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
    /// The versions of library and kernel driver differ.
    LibraryDriverVersionMismatch = nvmlReturn_t::NVML_ERROR_LIB_RM_VERSION_MISMATCH.0, "NVML_ERROR_LIB_RM_VERSION_MISMATCH";
    /// The object is in use.
    InUse = nvmlReturn_t::NVML_ERROR_IN_USE.0, "NVML_ERROR_IN_USE";
    /// NVML could not allocate memory.
    Memory = nvmlReturn_t::NVML_ERROR_MEMORY.0, "NVML_ERROR_MEMORY";
    /// No data is available.
    NoData = nvmlReturn_t::NVML_ERROR_NO_DATA.0, "NVML_ERROR_NO_DATA";
    /// ECC is not supported with vGPU.
    VgpuEccNotSupported = nvmlReturn_t::NVML_ERROR_VGPU_ECC_NOT_SUPPORTED.0, "NVML_ERROR_VGPU_ECC_NOT_SUPPORTED";
    /// Insufficient resources: slices or engines are in use.
    InsufficientResources = nvmlReturn_t::NVML_ERROR_INSUFFICIENT_RESOURCES.0, "NVML_ERROR_INSUFFICIENT_RESOURCES";
    /// The frequency is invalid.
    FrequencyNotSupported = nvmlReturn_t::NVML_ERROR_FREQ_NOT_SUPPORTED.0, "NVML_ERROR_FREQ_NOT_SUPPORTED";
    /// The library does not know this version of the structure.
    ArgumentVersionMismatch = nvmlReturn_t::NVML_ERROR_ARGUMENT_VERSION_MISMATCH.0, "NVML_ERROR_ARGUMENT_VERSION_MISMATCH";
    /// The function is deprecated.
    Deprecated = nvmlReturn_t::NVML_ERROR_DEPRECATED.0, "NVML_ERROR_DEPRECATED";
    /// The system is not ready.
    NotReady = nvmlReturn_t::NVML_ERROR_NOT_READY.0, "NVML_ERROR_NOT_READY";
    /// No GPU was found.
    GpuNotFound = nvmlReturn_t::NVML_ERROR_GPU_NOT_FOUND.0, "NVML_ERROR_GPU_NOT_FOUND";
    /// Not possible in the current state.
    InvalidState = nvmlReturn_t::NVML_ERROR_INVALID_STATE.0, "NVML_ERROR_INVALID_STATE";
    /// This type of reset is not supported.
    ResetTypeNotSupported = nvmlReturn_t::NVML_ERROR_RESET_TYPE_NOT_SUPPORTED.0, "NVML_ERROR_RESET_TYPE_NOT_SUPPORTED";
    /// An unknown error in the driver.
    Unknown = nvmlReturn_t::NVML_ERROR_UNKNOWN.0, "NVML_ERROR_UNKNOWN";
}
}

impl ReturnCode {
    pub(crate) const fn from_raw(code: nvmlReturn_t) -> Self {
        Self::from_number(code.0)
    }
}

/// Prints, for example, `NVML_ERROR_INSUFFICIENT_RESOURCES (23)`.
impl fmt::Display for ReturnCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let constant = self.constant().unwrap_or("a code unknown to this crate");
        write!(f, "{constant} ({})", self.number())
    }
}
