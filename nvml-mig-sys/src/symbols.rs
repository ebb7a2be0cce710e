//! The table of functions, filled from a library at run time.

use core::ffi::c_void;

/// Makes a table of the functions that bindgen declares: each is a field that is `None` in a library without it. A null
/// function pointer is `None`, so a call costs one load and one test.
macro_rules! symbols {
    ($($(#[$doc:meta])* pub fn $name:ident($($argument:ident: $type:ty),* $(,)?) -> $return:ty;)*) => {
        /// The functions of an NVML library. One that the library lacks is `None`: it is older than the function.
        #[derive(Debug, Clone, Copy, Default)]
        pub struct NvmlSymbols {
            $($(#[$doc])* pub $name: Option<unsafe extern "C" fn($($argument: $type),*) -> $return>,)*
        }

        /// Every NVML function that this crate declares, in the order of its nvml.h.
        pub const FUNCTIONS: &[&str] = &[$(stringify!($name)),*];

        impl NvmlSymbols {
            /// Looks each function up; `find` gets its name with a NUL at the end.
            pub(crate) fn find(mut find: impl FnMut(&'static str) -> $crate::symbols::Address) -> Self {
                Self {
                    $($name: {
                        let address = find(concat!(stringify!($name), "\0"));
                        // SAFETY: the address is null or that of NVML's function of this name, whose type nvml.h gives;
                        // an optional function pointer has the size of a pointer, and is `None` for null.
                        unsafe { core::mem::transmute(address) }
                    },)*
                }
            }

            /// Those of [`FUNCTIONS`] that are `None`.
            pub(crate) fn missing(&self) -> Vec<&'static str> {
                let held = [$((stringify!($name), self.$name.is_some())),*];
                held.iter().filter(|(_, held)| !held).map(|(name, _)| *name).collect()
            }
        }
    };
}
pub(crate) use symbols;

/// Where a function is; null where it is not.
pub(crate) type Address = *const c_void;

/// The address of a function of this library, whose name ends with a NUL.
pub(crate) fn address(library: &libloading::Library, name: &str) -> Address {
    // SAFETY: the symbol is taken for a bare address, which any symbol has, and is not followed here.
    let symbol = unsafe { library.get::<Address>(name) };
    symbol.map_or(core::ptr::null(), |symbol| *symbol)
}
