//! The table of functions, filled from a library at run time.

use core::ffi::{c_char, c_void};

use crate::nvmlReturn_t;

/// Makes a table of the functions that bindgen declares. In the place of one that a library lacks stands one that answers
/// as NVML does for a function that its driver does not know, so a call costs one load and no test.
macro_rules! symbols {
    ($($(#[$doc:meta])* pub fn $name:ident($($argument:ident: $type:ty),* $(,)?) -> $return:ty;)*) => {
        /// The functions of an NVML library. One that the library lacks, because it is older than the function, gives
        /// `NVML_ERROR_FUNCTION_NOT_FOUND`, and where C returns a text, a null pointer.
        #[derive(Debug, Clone, Copy)]
        pub struct NvmlSymbols {
            $($(#[$doc])* pub $name: unsafe extern "C" fn($($argument: $type),*) -> $return,)*
        }

        /// Every NVML function that this crate declares, in the order of its nvml.h.
        pub const FUNCTIONS: &[&str] = &[$(stringify!($name)),*];

        impl NvmlSymbols {
            /// Looks each function up; `find` gets its name with a NUL at the end.
            pub(crate) fn find(mut find: impl FnMut(&'static str) -> $crate::symbols::Address) -> Self {
                Self {
                    $($name: {
                        unsafe extern "C" fn lacking($(_: $type),*) -> $return {
                            $crate::symbols::Answer::FUNCTION_NOT_FOUND
                        }
                        let address = find(concat!(stringify!($name), "\0"));
                        if address.is_null() {
                            lacking
                        } else {
                            // SAFETY: the address is that of NVML's function of this name, whose type nvml.h gives.
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
        }
    };
}
pub(crate) use symbols;

/// Where a function is; null where it is not.
pub(crate) type Address = *const c_void;

/// What NVML functions return.
pub(crate) trait Answer {
    /// That of a function which is not there.
    const FUNCTION_NOT_FOUND: Self;
}

impl Answer for nvmlReturn_t {
    const FUNCTION_NOT_FOUND: Self = Self::NVML_ERROR_FUNCTION_NOT_FOUND;
}

impl Answer for *const c_char {
    const FUNCTION_NOT_FOUND: Self = core::ptr::null();
}

/// The address of a function of this library, whose name ends with a NUL.
pub(crate) fn address(library: &libloading::Library, name: &str) -> Address {
    // SAFETY: the symbol is taken for a bare address, which any symbol has, and is not followed here.
    let symbol = unsafe { library.get::<Address>(name) };
    symbol.map_or(core::ptr::null(), |symbol| *symbol)
}
