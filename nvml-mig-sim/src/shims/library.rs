//! Initialisation, shutdown and error texts.

use core::ffi::{c_char, c_uint};

use nvml_mig_sys::nvmlReturn_t;

use super::fork;
use crate::machine::error_text;
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
    error_text(result.0, session::driver).as_ptr()
}
