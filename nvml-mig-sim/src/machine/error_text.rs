//! The texts of return codes, as in NVIDIA's libraries 470.256.02, 525.147.05, 535.261.03 and 550.163.01.

use std::ffi::CStr;

use crate::machine::driver::DriverVersion;

const UNKNOWN: &CStr = c"Unknown Error";

/// The texts by code, with the first driver known to have them; 0 for all drivers. A driver between two of the four may
/// have had a text earlier.
const TEXTS: &[(u32, &CStr)] = &[
    (0, c"Success"),
    (0, c"Uninitialized"),
    (0, c"Invalid Argument"),
    (0, c"Not Supported"),
    (0, c"Insufficient Permissions"),
    (0, c"Already Initialized"),
    (0, c"Not Found"),
    (0, c"Insufficient Size"),
    (0, c"Insufficient External Power"),
    (0, c"Driver Not Loaded"),
    (0, c"Timeout"),
    (0, c"Interrupt Request Issue"),
    (0, c"NVML Shared Library Not Found"),
    (0, c"Function Not Found"),
    (0, c"Corrupted infoROM"),
    (0, c"GPU is lost"),
    (0, c"GPU requires reset"),
    (0, c"GPU access blocked by the operating system"),
    (0, c"Driver/library version mismatch"),
    (0, c"In use by another client"),
    (0, c"Insufficient Memory"),
    (525, c"No data"),
    (525, c"vGPU ECC not supported"),
    (0, c"Insufficient Resources"),
    (0, c"Invalid Frequency"),
    (525, c"Argument version mismatch"),
    (525, c"Requested functionality has been deprecated"),
    (535, c"System is not in ready state"),
    (550, c"No supported GPUs were found"),
    (
        550,
        c"Resource not in correct state to perform requested operation",
    ),
];

/// Returns the text of a return code. `driver` is asked only if the text depends on it.
pub(crate) fn error_text(code: u32, driver: impl FnOnce() -> DriverVersion) -> &'static CStr {
    let index = usize::try_from(code).unwrap_or(usize::MAX);
    match TEXTS.get(index) {
        Some(&(since, text)) if since == 0 || driver().number() >= since => text,
        _ => UNKNOWN,
    }
}
