//! Every other function of nvml.h up to CUDA 13.5, and the private ones of older libraries. A missing function can
//! abort a client (Go programs bind lazily), so all of them are exported: they check handles and pointers, and return
//! `NOT_SUPPORTED`.

mod changes;
mod events;
mod queries;
mod system;
mod vgpu;

use core::ffi::{c_uint, c_void};

use nvml_mig_sys::nvmlDevice_t;

use super::pointers::{Out, number};
use crate::machine::{Answer, Machine, Refusal};

/// A parameter of a function that is not simulated.
trait Argument {
    /// Refuses an invalid handle.
    fn check_handle(&self, _: &Machine) -> Answer {
        Ok(())
    }

    /// Refuses a null pointer for a result.
    fn check_pointer(&self) -> Answer {
        Ok(())
    }
}

/// The handle of a GPU or MIG device.
type Device = nvmlDevice_t;
/// A number, which is only logged.
type Number = c_uint;
/// A pointer that must not be null.
type Pointer = Out<u8>;
/// The handle of an S-class unit; a simulated machine has none, so every such handle is invalid.
type Unit = *mut c_void;

/// A pointer that may be null to query the size.
#[derive(Debug, Clone, Copy)]
#[repr(transparent)]
struct Buffer(Out<u8>);

impl Argument for Device {
    fn check_handle(&self, machine: &Machine) -> Answer {
        machine.device(number(*self)).map(drop)
    }
}

impl Argument for Unit {
    fn check_handle(&self, _: &Machine) -> Answer {
        Err(Refusal::InvalidArgument)
    }
}

impl Argument for Pointer {
    fn check_pointer(&self) -> Answer {
        self.require()
    }
}

impl Argument for Number {}
impl Argument for Buffer {}

/// Checks handles first, like the simulated functions.
fn refuse(machine: &Machine, arguments: &[&dyn Argument]) -> Answer {
    for argument in arguments {
        argument.check_handle(machine)?;
    }
    for argument in arguments {
        argument.check_pointer()?;
    }
    Err(Refusal::NotSupported)
}

/// Exports each function of a table.
macro_rules! not_simulated {
    ($($function:ident($($argument:ident: $kind:ty),*);)*) => {
        $(
            /// Not simulated; returns `NOT_SUPPORTED`.
            #[unsafe(no_mangle)]
            unsafe extern "C" fn $function($($argument: $kind),*) -> nvml_mig_sys::nvmlReturn_t {
                $crate::shims::call!(answer, $function($($argument),*), |machine| {
                    $crate::shims::not_simulated::refuse(machine, &[$(&$argument),*])
                })
            }
        )*
    };
}

use not_simulated;
