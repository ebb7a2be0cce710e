//! The table of functions, filled from a library at run time.

use core::ffi::{CStr, c_char, c_void};

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
            /// A table without any function: each answers `NVML_ERROR_FUNCTION_NOT_FOUND`. It is the rest of a table of
            /// which a program writes some functions itself.
            pub const LACKING: Self = Self {
                $($name: {
                    // Once in the program, since it is known by its address.
                    #[inline(never)]
                    unsafe extern "C" fn lacking($(_: $type),*) -> $return {
                        $crate::symbols::Answer::FUNCTION_NOT_FOUND
                    }
                    lacking
                },)*
            };

            /// Fills a table with what `find` gives for the name of each of [`FUNCTIONS`]: its address, or a null pointer
            /// where there is none.
            ///
            /// # Safety
            ///
            /// Each address must be that of a function which has the type that nvml.h gives to this name.
            #[must_use]
            pub unsafe fn load_with(mut find: impl FnMut(&'static core::ffi::CStr) -> *const core::ffi::c_void) -> Self {
                Self {
                    $($name: {
                        let address = find(const { $crate::symbols::c_name(concat!(stringify!($name), "\0")) });
                        if address.is_null() {
                            Self::LACKING.$name
                        } else {
                            // SAFETY: the caller promises that the address is that of a function of this type.
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

            /// Those of [`FUNCTIONS`] that the table lacks.
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

/// A name with the NUL that ends it.
pub(crate) const fn c_name(name: &'static str) -> &'static CStr {
    match CStr::from_bytes_with_nul(name.as_bytes()) {
        Ok(name) => name,
        Err(_) => c"",
    }
}

/// The address of a function of this library.
pub(crate) fn address(library: &libloading::Library, name: &CStr) -> Address {
    // SAFETY: the symbol is taken for a bare address, which any symbol has, and is not followed here.
    let symbol = unsafe { library.get::<Address>(name.to_bytes_with_nul()) };
    symbol.map_or(core::ptr::null(), |symbol| *symbol)
}
