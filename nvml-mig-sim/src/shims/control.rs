//! The one exported function that is not part of NVML: it controls the simulator.

use core::ffi::{c_char, c_uint};
use std::panic::{AssertUnwindSafe, catch_unwind};

use nvml_mig_sys::nvmlReturn_t;

use super::pointers::{Out, Text, status, write_text};
use crate::control::{self, Reply, Request};
use crate::machine::{Answer, Refusal};

/// Carries out `request`, a [`Request`] in JSON, and writes a [`Reply`] in JSON with a terminating NUL into `reply`.
/// Returns `INSUFFICIENT_SIZE` if `capacity` is too small; requests that only read may then be repeated.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlMigSimControl(
    request: Text,
    reply: Out<c_char>,
    capacity: c_uint,
) -> nvmlReturn_t {
    let done = catch_unwind(AssertUnwindSafe(|| control(request, reply, capacity)));
    let done = done.unwrap_or(Err(Refusal::Unknown));
    status(done.map_or_else(Refusal::code, |()| 0))
}

fn control(request: Text, reply: Out<c_char>, capacity: u32) -> Answer {
    let request = request.read()?;
    reply.require()?;
    let answer = match serde_json::from_str::<Request>(request) {
        Ok(request) => control::handle(request),
        Err(error) => Reply::Refused(format!(
            "this library can't parse the request `{request}`: {error}"
        )),
    };
    let text = serde_json::to_string(&answer).or(Err(Refusal::Unknown))?;
    write_text(reply, capacity, &text)
}
