//! The function table, filled from a library at run time.

use core::ffi::{CStr, c_char, c_void};

use crate::nvmlReturn_t;

/// Defines a table of the functions that bindgen declares. Functions that a library lacks are replaced by stand-ins
/// that return the code for a missing function, so a call costs one load and no check.
macro_rules! symbols {
    ($($(#[$doc:meta])* pub fn $name:ident($($argument:ident: $type:ty),* $(,)?) -> $return:ty;)*) => {
        /// The functions of an NVML library. If the library is too old to have a function, its entry returns
        /// `NVML_ERROR_FUNCTION_NOT_FOUND`, or a null pointer if it returns a string.
        ///
        /// Minor versions of this crate add functions, so struct literals should end with `..NvmlSymbols::LACKING`.
        #[derive(Debug, Clone, Copy)]
        pub struct NvmlSymbols {
            $($(#[$doc])* pub $name: unsafe extern "C" fn($($argument: $type),*) -> $return,)*
        }

        /// The names of all NVML functions that this crate declares, in the order of its nvml.h.
        pub const FUNCTIONS: &[&str] = &[$(stringify!($name)),*];

        impl NvmlSymbols {
            /// A table in which every function returns `NVML_ERROR_FUNCTION_NOT_FOUND`. Programs that implement some
            /// functions themselves can use it for the rest.
            pub const LACKING: Self = Self {
                $($name: {
                    // A single copy in the program, since the stand-in is recognised by its address.
                    #[inline(never)]
                    unsafe extern "C" fn lacking($(_: $type),*) -> $return {
                        $crate::symbols::Answer::FUNCTION_NOT_FOUND
                    }
                    lacking
                },)*
            };

            /// Creates a table from the addresses that `find` returns for each name in [`FUNCTIONS`]; a null pointer
            /// means that the function is missing.
            ///
            /// # Safety
            ///
            /// Each address must be that of a function with the type that nvml.h declares for this name.
            #[must_use]
            pub unsafe fn load_with(mut find: impl FnMut(&'static core::ffi::CStr) -> *const core::ffi::c_void) -> Self {
                Self {
                    $($name: {
                        let address = find(const { $crate::symbols::c_name(concat!(stringify!($name), "\0")) });
                        if address.is_null() {
                            Self::LACKING.$name
                        } else {
                            // SAFETY: the caller guarantees that the address is that of a function of this type.
                            unsafe {
                                core::mem::transmute::<
                                    $crate::symbols::Address,
                                    unsafe extern "C" fn($($argument: $type),*) -> $return,
                                >(address)
                            }
                        }
                    },)*
                }
            }

            /// Returns the [`FUNCTIONS`] that the table lacks.
            pub(crate) fn missing(&self) -> Vec<&'static str> {
                let mut missing = Vec::new();
                $(if core::ptr::fn_addr_eq(self.$name, Self::LACKING.$name) {
                    missing.push(stringify!($name));
                })*
                missing
            }
        }
    };
}
pub(crate) use symbols;

/// The address of a function, or null.
pub(crate) type Address = *const c_void;

/// A return type of NVML functions.
pub(crate) trait Answer {
    /// The value returned in place of a missing function.
    const FUNCTION_NOT_FOUND: Self;
}

impl Answer for nvmlReturn_t {
    const FUNCTION_NOT_FOUND: Self = Self::NVML_ERROR_FUNCTION_NOT_FOUND;
}

impl Answer for *const c_char {
    const FUNCTION_NOT_FOUND: Self = core::ptr::null();
}

/// Converts a NUL-terminated name.
pub(crate) const fn c_name(name: &'static str) -> &'static CStr {
    match CStr::from_bytes_with_nul(name.as_bytes()) {
        Ok(name) => name,
        Err(_) => c"",
    }
}

/// Returns the address of a function in this library, or null.
pub(crate) fn address(library: &libloading::Library, name: &CStr) -> Address {
    // SAFETY: the symbol is read as a plain address, which is valid for any symbol, and not dereferenced here.
    let symbol = unsafe { library.get::<Address>(name.to_bytes_with_nul()) };
    symbol.map_or(core::ptr::null(), |symbol| *symbol)
}
