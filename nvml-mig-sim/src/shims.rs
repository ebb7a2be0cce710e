//! The exported C functions, one file per group in nvml.h. They only convert and forward: NVML's behaviour is in
//! [`machine`](crate::machine), and all unsafe code is in `pointers`.

#![allow(non_snake_case, reason = "the exported names are those of C")]

mod boards;
mod compute_instances;
mod control;
mod devices;
mod events;
mod export_table;
mod field_values;
mod fork;
mod gpm;
mod gpu_instances;
mod library;
mod memory;
mod mig_devices;
mod mig_mode;
mod not_simulated;
mod padded;
mod pci;
mod pointers;
mod processes;
mod profile_info;
mod settings;
mod system;
mod vgpu_schedulers;
mod vgpus;

/// Defines the body of an exported function: `call!(kind, name(arguments), closure)`, where kind is `answer` for a
/// function that only reads the machine and `change` for one that may change it. The arguments are for the log.
macro_rules! call {
    ($kind:ident, $function:ident($($argument:ident),*), $($closure:expr),+ $(,)?) => {
        $crate::session::$kind(
            stringify!($function),
            || $crate::calls::arguments(&[$((stringify!($argument), &$argument)),*]),
            $($closure),+
        )
    };
}

/// Exports a function under an older name with the same parameters.
macro_rules! also_named {
    ($old:ident, $function:ident($($argument:ident: $kind:ty),* $(,)?)) => {
        /// Older name of the same function.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $old($($argument: $kind),*) -> nvml_mig_sys::nvmlReturn_t {
            $crate::session::called_as(stringify!($old), || {
                // SAFETY: the caller vouches for the same arguments, as nvml.h demands of both names.
                unsafe { $function($($argument),*) }
            })
        }
    };
}

use {also_named, call};
