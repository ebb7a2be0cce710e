//! Sends control requests to a loaded library.

use core::ffi::{c_char, c_uint};
use std::ffi::CString;
use std::fmt;
use std::path::Path;

use libloading::Library;

use crate::control::{Reply, Request};
use crate::machine::Refusal;
use crate::simulator::SimulatorError;

type Control = unsafe extern "C" fn(*const c_char, *mut c_char, c_uint) -> c_uint;

/// Enough room for every reply except a long log.
const FIRST_CAPACITY: u32 = 4096;

/// The one exported function that is not part of NVML.
pub(super) const CONTROL: &str = "nvmlMigSimControl";

/// A loaded library's `nvmlMigSimControl`.
pub(super) struct ControlCall {
    function: Control,
    /// Keeps the library loaded.
    _library: Library,
}

impl ControlCall {
    pub(super) fn open(path: &Path) -> Result<Self, SimulatorError> {
        // SAFETY: the file is this crate's own library, whose only initialisers are those of Rust's standard library.
        let library = unsafe { Library::new(path) }.map_err(SimulatorError::not_opened)?;
        // SAFETY: this crate's shims::control exports the function with the C types of `Control`.
        let function = unsafe { library.get::<Control>(CONTROL.as_bytes()) }
            .map_err(SimulatorError::not_opened)?;
        Ok(Self {
            function: *function,
            _library: library,
        })
    }

    /// Sends a request, and repeats it with a larger buffer until the reply fits.
    pub(super) fn ask(&self, request: &Request) -> Result<Reply, SimulatorError> {
        let not_ours = |error: &dyn fmt::Display| SimulatorError::NotOurs(error.to_string());
        let request = serde_json::to_string(request).map_err(|error| not_ours(&error))?;
        let request = CString::new(request).map_err(|error| not_ours(&error))?;
        let mut capacity = FIRST_CAPACITY;
        loop {
            let (code, reply) = self.call(&request, capacity);
            if code == Refusal::InsufficientSize.code() && capacity < u32::MAX / 2 {
                capacity *= 2;
                continue;
            }
            let text = reply.split(|&byte| byte == 0).next().unwrap_or_default();
            return serde_json::from_slice(text).map_err(|error| not_ours(&error));
        }
    }

    fn call(&self, request: &CString, capacity: u32) -> (u32, Vec<u8>) {
        let mut reply = vec![0_u8; capacity as usize];
        let room = reply.as_mut_ptr().cast();
        // SAFETY: `request` ends with a NUL and `room` has `capacity` bytes, both until the call returns.
        let code = unsafe { (self.function)(request.as_ptr(), room, capacity) };
        (code, reply)
    }
}

impl fmt::Debug for ControlCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ControlCall").finish_non_exhaustive()
    }
}
