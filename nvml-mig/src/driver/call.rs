//! The one place where this crate calls C.

use core::ffi::{CStr, c_char};

use nvml_mig_sys::{self as sys, nvmlReturn_t};

use crate::error::ReturnCode;

/// Calls an NVML function of a [`Library`](nvml_mig_sys::Library) and turns its return code into a
/// `Result<(), Failure>`: `call!(library.nvmlDeviceGetCount_v2(&mut count))`.
///
/// Arguments implement [`Argument`]: numbers, handles, references and slices. The length of a slice must be passed as a
/// separate argument, where the function takes it.
macro_rules! call {
    ($library:ident . $function:ident ()) => {
        $crate::driver::call::call!(@invoke $library, $function,)
    };
    ($library:ident . $function:ident ($a:expr $(,)?)) => {
        $crate::driver::call::call!(@invoke $library, $function, (a $a))
    };
    ($library:ident . $function:ident ($a:expr, $b:expr $(,)?)) => {
        $crate::driver::call::call!(@invoke $library, $function, (a $a) (b $b))
    };
    ($library:ident . $function:ident ($a:expr, $b:expr, $c:expr $(,)?)) => {
        $crate::driver::call::call!(@invoke $library, $function, (a $a) (b $b) (c $c))
    };
    ($library:ident . $function:ident ($a:expr, $b:expr, $c:expr, $d:expr $(,)?)) => {
        $crate::driver::call::call!(@invoke $library, $function, (a $a) (b $b) (c $c) (d $d))
    };
    (@invoke $library:ident, $function:ident, $(($name:ident $value:expr))*) => {
        {
            let function = $library.symbols().$function;
            $(let $name = $crate::driver::call::Argument::pass($value);)*
            // SAFETY: `function` is the library's symbol of this name, and has the type that nvml.h gives it, or
            // stands in its place and reads nothing. Every pointer passed was just made from a reference or a slice
            // that outlives the call, or is NULL where NVML allows it; handles are numbers that NVML itself checks.
            // The library was initialised when it was opened and is shut down only when its last user goes.
            let code = unsafe { function($($name),*) };
            $crate::driver::call::check(stringify!($function), code)
        }
    };
}
pub(crate) use call;

/// A failed call. It does not name an object and allocates nothing, since some failures are expected answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) function: &'static str,
    /// The code with which the function refused.
    pub(crate) code: ReturnCode,
}

impl Failure {
    #[cold]
    #[inline(never)]
    fn of_code(function: &'static str, code: nvmlReturn_t) -> Self {
        Self {
            function,
            code: ReturnCode::from_raw(code),
        }
    }

    /// A call that succeeded with an answer that can't be right.
    pub(crate) const fn implausible(function: &'static str) -> Self {
        Self {
            function,
            code: ReturnCode::Success,
        }
    }

    /// Whether this driver is too old for the function: its library lacks it, or exports it without supporting it.
    pub(crate) fn is_missing(self) -> bool {
        self.is(ReturnCode::FunctionNotFound)
    }

    /// Whether the object of the call no longer exists.
    pub(crate) fn is_gone(self) -> bool {
        self.is(ReturnCode::InvalidArgument) || self.is(ReturnCode::NotFound)
    }

    /// Whether the function refused with `code`.
    pub(crate) fn is(self, code: ReturnCode) -> bool {
        self.code == code
    }
}

/// Converts a return code: only `NVML_SUCCESS` is `Ok`.
#[inline]
pub(crate) fn check(function: &'static str, code: nvmlReturn_t) -> Result<(), Failure> {
    if code == nvmlReturn_t::NVML_SUCCESS {
        Ok(())
    } else {
        Err(Failure::of_code(function, code))
    }
}

/// Returns the result of the newest function, or that of an older one if the driver lacks the newest.
pub(crate) fn or_older<T>(
    newest: Result<T, Failure>,
    older: impl FnOnce() -> Result<T, Failure>,
) -> Result<T, Failure> {
    match newest {
        Err(failure) if failure.is_missing() => older(),
        answer => answer,
    }
}

/// Returns `None` if the object was destroyed after it was listed, which other processes may do at any time.
pub(crate) fn still_there<T>(found: Result<T, Failure>) -> Option<Result<T, Failure>> {
    match found {
        Err(failure) if failure.is_gone() => None,
        answer => Some(answer),
    }
}

/// Whether an instance is gone, by the answer whether its handle still is for it.
pub(crate) fn is_gone(is_same: Result<bool, Failure>) -> bool {
    matches!(still_there(is_same), None | Some(Ok(false)))
}

/// A type that can be passed to C. Implementations return values that stay valid for the duration of the call.
pub(crate) trait Argument {
    type Raw;
    fn pass(self) -> Self::Raw;
}

impl Argument for u64 {
    type Raw = Self;
    #[inline]
    fn pass(self) -> Self {
        self
    }
}

impl Argument for i32 {
    type Raw = Self;
    #[inline]
    fn pass(self) -> Self {
        self
    }
}

impl Argument for u32 {
    type Raw = Self;
    #[inline]
    fn pass(self) -> Self {
        self
    }
}

impl<T> Argument for sys::Handle<T> {
    type Raw = *mut T;
    #[inline]
    fn pass(self) -> *mut T {
        self.raw()
    }
}

impl<T> Argument for &mut T {
    type Raw = *mut T;
    #[inline]
    fn pass(self) -> *mut T {
        self
    }
}

impl<T> Argument for &T {
    type Raw = *const T;
    #[inline]
    fn pass(self) -> *const T {
        self
    }
}

impl Argument for &CStr {
    type Raw = *const c_char;
    #[inline]
    fn pass(self) -> *const c_char {
        self.as_ptr()
    }
}

impl<T> Argument for &mut [T] {
    type Raw = *mut T;
    #[inline]
    fn pass(self) -> *mut T {
        self.as_mut_ptr()
    }
}

/// A buffer for a C string, whose characters are signed on some targets.
pub(crate) struct Text<'a>(pub(crate) &'a mut [u8]);

impl Argument for Text<'_> {
    type Raw = *mut c_char;
    #[inline]
    fn pass(self) -> *mut c_char {
        self.0.as_mut_ptr().cast()
    }
}

/// A version 3 structure for a function whose declared argument is version 2: NVML goes by the version word at
/// the start of the structure, and both have it there (nvml.h).
pub(crate) struct ByVersionWord<'a, V3>(pub(crate) &'a mut V3);

impl Argument for ByVersionWord<'_, sys::nvmlGpuInstanceProfileInfo_v3_t> {
    type Raw = *mut sys::nvmlGpuInstanceProfileInfo_v2_t;
    #[inline]
    fn pass(self) -> Self::Raw {
        core::ptr::from_mut(self.0).cast()
    }
}

impl Argument for ByVersionWord<'_, sys::nvmlComputeInstanceProfileInfo_v3_t> {
    type Raw = *mut sys::nvmlComputeInstanceProfileInfo_v2_t;
    #[inline]
    fn pass(self) -> Self::Raw {
        core::ptr::from_mut(self.0).cast()
    }
}

/// NULL, for buffers that NVML lets a caller leave out.
impl<T> Argument for Option<&mut [T]> {
    type Raw = *mut T;
    #[inline]
    fn pass(self) -> *mut T {
        self.map_or(core::ptr::null_mut(), <[T]>::as_mut_ptr)
    }
}
