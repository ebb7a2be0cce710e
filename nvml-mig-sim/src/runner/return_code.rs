//! Names of NVML's return codes.

use nvml_mig_sys::nvmlReturn_t;

use super::error::Error;

const PREFIX: &str = "NVML_ERROR_";

/// Names without the prefix.
const NAMES: &[(nvmlReturn_t, &str)] = &[
    (nvmlReturn_t::NVML_ERROR_UNINITIALIZED, "UNINITIALIZED"),
    (
        nvmlReturn_t::NVML_ERROR_INVALID_ARGUMENT,
        "INVALID_ARGUMENT",
    ),
    (nvmlReturn_t::NVML_ERROR_NOT_SUPPORTED, "NOT_SUPPORTED"),
    (nvmlReturn_t::NVML_ERROR_NO_PERMISSION, "NO_PERMISSION"),
    (
        nvmlReturn_t::NVML_ERROR_ALREADY_INITIALIZED,
        "ALREADY_INITIALIZED",
    ),
    (nvmlReturn_t::NVML_ERROR_NOT_FOUND, "NOT_FOUND"),
    (
        nvmlReturn_t::NVML_ERROR_INSUFFICIENT_SIZE,
        "INSUFFICIENT_SIZE",
    ),
    (
        nvmlReturn_t::NVML_ERROR_INSUFFICIENT_POWER,
        "INSUFFICIENT_POWER",
    ),
    (
        nvmlReturn_t::NVML_ERROR_DRIVER_NOT_LOADED,
        "DRIVER_NOT_LOADED",
    ),
    (nvmlReturn_t::NVML_ERROR_TIMEOUT, "TIMEOUT"),
    (nvmlReturn_t::NVML_ERROR_IRQ_ISSUE, "IRQ_ISSUE"),
    (
        nvmlReturn_t::NVML_ERROR_LIBRARY_NOT_FOUND,
        "LIBRARY_NOT_FOUND",
    ),
    (
        nvmlReturn_t::NVML_ERROR_FUNCTION_NOT_FOUND,
        "FUNCTION_NOT_FOUND",
    ),
    (
        nvmlReturn_t::NVML_ERROR_CORRUPTED_INFOROM,
        "CORRUPTED_INFOROM",
    ),
    (nvmlReturn_t::NVML_ERROR_GPU_IS_LOST, "GPU_IS_LOST"),
    (nvmlReturn_t::NVML_ERROR_RESET_REQUIRED, "RESET_REQUIRED"),
    (
        nvmlReturn_t::NVML_ERROR_OPERATING_SYSTEM,
        "OPERATING_SYSTEM",
    ),
    (
        nvmlReturn_t::NVML_ERROR_LIB_RM_VERSION_MISMATCH,
        "LIB_RM_VERSION_MISMATCH",
    ),
    (nvmlReturn_t::NVML_ERROR_IN_USE, "IN_USE"),
    (nvmlReturn_t::NVML_ERROR_MEMORY, "MEMORY"),
    (nvmlReturn_t::NVML_ERROR_NO_DATA, "NO_DATA"),
    (
        nvmlReturn_t::NVML_ERROR_VGPU_ECC_NOT_SUPPORTED,
        "VGPU_ECC_NOT_SUPPORTED",
    ),
    (
        nvmlReturn_t::NVML_ERROR_INSUFFICIENT_RESOURCES,
        "INSUFFICIENT_RESOURCES",
    ),
    (
        nvmlReturn_t::NVML_ERROR_FREQ_NOT_SUPPORTED,
        "FREQ_NOT_SUPPORTED",
    ),
    (
        nvmlReturn_t::NVML_ERROR_ARGUMENT_VERSION_MISMATCH,
        "ARGUMENT_VERSION_MISMATCH",
    ),
    (nvmlReturn_t::NVML_ERROR_DEPRECATED, "DEPRECATED"),
    (nvmlReturn_t::NVML_ERROR_NOT_READY, "NOT_READY"),
    (nvmlReturn_t::NVML_ERROR_GPU_NOT_FOUND, "GPU_NOT_FOUND"),
    (nvmlReturn_t::NVML_ERROR_INVALID_STATE, "INVALID_STATE"),
    (
        nvmlReturn_t::NVML_ERROR_RESET_TYPE_NOT_SUPPORTED,
        "RESET_TYPE_NOT_SUPPORTED",
    ),
    (nvmlReturn_t::NVML_ERROR_UNKNOWN, "UNKNOWN"),
];

/// Parses a number, or a name with or without the prefix, in upper or lower case.
pub(super) fn parse(text: &str) -> Result<u32, Error> {
    if let Ok(number) = text.parse() {
        return Ok(number);
    }
    let name = text.to_ascii_uppercase().replace('-', "_");
    let name = name.strip_prefix(PREFIX).unwrap_or(&name);
    let known = NAMES.iter().find(|(_, known)| *known == name);
    let code = known.map(|(code, _)| code.0);
    code.ok_or_else(|| Error::UnknownCode(text.to_owned()))
}

/// Returns the name of a code, or its number if it has no name.
pub(super) fn name(code: u32) -> String {
    let known = NAMES.iter().find(|(known, _)| known.0 == code);
    match known {
        Some((_, name)) => format!("{PREFIX}{name}"),
        None if code == 0 => "NVML_SUCCESS".to_owned(),
        None => code.to_string(),
    }
}
