//! The one place where this program calls NVML. It only reads.

use core::ffi::{CStr, c_char};

use nvml_mig_sys::nvmlReturn_t;

/// Bytes that a driver whose structure is longer may write behind it.
const SLACK: usize = 512;

/// Calls a function of an open library: `ask!(library, nvmlDeviceGetCount_v2(count.pointer()))`. Arguments are numbers,
/// handles, pointers to a [`Room`] or a [`TextRoom`], and text that NVML reads.
macro_rules! ask {
    ($library:expr, $function:ident($($argument:expr),* $(,)?)) => {{
        let function = $library.symbols().$function;
        // SAFETY: the function has the type that nvml.h declares, or stands in for a missing one and reads nothing.
        // Every pointer is to a variable of the calling function that has more room than NVML needs, or to a text that
        // ends with NUL. NVML checks handles itself.
        let code = unsafe { function($($argument),*) };
        $crate::runner::capture::call::answer(stringify!($function), code)
    }};
}
pub(super) use ask;

/// A call that did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) function: &'static str,
    pub(super) code: nvmlReturn_t,
}

impl Failure {
    pub(super) fn is(self, code: nvmlReturn_t) -> bool {
        self.code == code
    }
}

pub(super) fn answer(function: &'static str, code: nvmlReturn_t) -> Result<(), Failure> {
    if code == nvmlReturn_t::NVML_SUCCESS {
        return Ok(());
    }
    Err(Failure { function, code })
}

/// `None` for what the GPU does not have, or the driver is too old to tell.
pub(super) fn if_known<T>(answer: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(failure)
            if failure.is(nvmlReturn_t::NVML_ERROR_NOT_SUPPORTED)
                || failure.is(nvmlReturn_t::NVML_ERROR_FUNCTION_NOT_FOUND) =>
        {
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}

/// Asks an older function if the driver lacks the newest.
pub(super) fn or_older(
    newest: Result<(), Failure>,
    older: impl FnOnce() -> Result<(), Failure>,
) -> Result<(), Failure> {
    match newest {
        Err(failure) if failure.is(nvmlReturn_t::NVML_ERROR_FUNCTION_NOT_FOUND) => older(),
        answer => answer,
    }
}

/// Room for an answer, and more.
#[repr(C)]
pub(super) struct Room<T> {
    pub(super) answer: T,
    slack: [u8; SLACK],
}

impl<T> Room<T> {
    pub(super) fn new(answer: T) -> Self {
        let slack = [0; SLACK];
        Self { answer, slack }
    }

    /// Returns the address of the answer, as the type that the function declares: the version word of a structure says
    /// which one it really is.
    pub(super) fn pointer<U>(&mut self) -> *mut U {
        core::ptr::from_mut(self).cast()
    }
}

/// Room for text.
pub(super) struct TextRoom([u8; Self::BYTES]);

impl TextRoom {
    /// Size of the longest text of NVML, which is passed to every function.
    pub(super) const LENGTH: u32 = nvml_mig_sys::NVML_DEVICE_NAME_V2_BUFFER_SIZE;

    const BYTES: usize = Self::LENGTH as usize + SLACK;

    pub(super) fn new() -> Self {
        Self([0; Self::BYTES])
    }

    pub(super) fn pointer(&mut self) -> *mut c_char {
        core::ptr::from_mut(self).cast()
    }

    /// Returns the text up to its NUL.
    pub(super) fn text(&self) -> String {
        text_of(&self.0)
    }
}

/// Returns the text in an array of C.
pub(super) fn text(characters: &[c_char]) -> String {
    let bytes = characters
        .iter()
        .map(|c| u8::from_ne_bytes(c.to_ne_bytes()));
    text_of(&bytes.collect::<Vec<u8>>())
}

fn text_of(bytes: &[u8]) -> String {
    let text = CStr::from_bytes_until_nul(bytes).map_or(bytes, CStr::to_bytes);
    String::from_utf8_lossy(text).into_owned()
}
