//! Initialisation, shutdown and error texts.

use core::ffi::{CStr, c_char, c_uint};

use nvml_mig_sys::nvmlReturn_t;

use super::fork;
use crate::session;

/// Initialises the library, or increments its user count.
#[unsafe(no_mangle)]
extern "C" fn nvmlInit_v2() -> nvmlReturn_t {
    fork::watch();
    session::start("nvmlInit_v2", String::new)
}

/// Older name of `nvmlInit_v2`.
#[unsafe(no_mangle)]
extern "C" fn nvmlInit() -> nvmlReturn_t {
    fork::watch();
    session::start("nvmlInit", String::new)
}

/// Initialises the library; the flags have no meaning for simulated GPUs.
#[unsafe(no_mangle)]
extern "C" fn nvmlInitWithFlags(flags: c_uint) -> nvmlReturn_t {
    fork::watch();
    session::start("nvmlInitWithFlags", || format!("flags={flags}"))
}

/// Decrements the user count. The machine is unchanged.
#[unsafe(no_mangle)]
extern "C" fn nvmlShutdown() -> nvmlReturn_t {
    session::stop("nvmlShutdown", String::new)
}

/// Returns the text of a code; works before initialisation too.
#[unsafe(no_mangle)]
extern "C" fn nvmlErrorString(result: nvmlReturn_t) -> *const c_char {
    text(result.0).as_ptr()
}

/// The texts of libnvidia-ml.so.1 of driver 535.
const fn text(code: u32) -> &'static CStr {
    match code {
        0 => c"Success",
        1 => c"Uninitialized",
        2 => c"Invalid Argument",
        3 => c"Not Supported",
        4 => c"Insufficient Permissions",
        5 => c"Already Initialized",
        6 => c"Not Found",
        7 => c"Insufficient Size",
        8 => c"Insufficient External Power",
        9 => c"Driver Not Loaded",
        10 => c"Timeout",
        11 => c"Interrupt Request Issue",
        12 => c"NVML Shared Library Not Found",
        13 => c"Function Not Found",
        14 => c"Corrupted infoROM",
        15 => c"GPU is lost",
        16 => c"GPU requires reset",
        17 => c"GPU access blocked by the operating system",
        18 => c"Driver/library version mismatch",
        19 => c"In use by another client",
        20 => c"Insufficient Memory",
        21 => c"No data",
        22 => c"vGPU ECC not supported",
        23 => c"Insufficient Resources",
        24 => c"Invalid Frequency",
        25 => c"Argument version mismatch",
        26 => c"Requested functionality has been deprecated",
        27 => c"System is not in ready state",
        _ => c"Unknown Error",
    }
}
