//! Every other function that NVIDIA's libraries 535.261.03 and 550.163.01 export. A client that finds one missing
//! may end right there (Go programs bind lazily), so each is here: it checks its handles and pointers, and answers
//! `NOT_SUPPORTED`.

mod changes;
mod queries;
mod system;
mod vgpu;

use core::ffi::{c_uint, c_void};

use nvml_mig_sys::nvmlDevice_t;

use super::pointers::{Out, number};
use crate::machine::{Answer, Machine, Refusal};

/// A parameter of a function that is not simulated.
trait Argument {
    /// Refuses a handle to nothing.
    fn check_handle(&self, _: &Machine) -> Answer {
        Ok(())
    }

    /// Refuses null where a result is to go.
    fn check_pointer(&self) -> Answer {
        Ok(())
    }
}

/// A GPU or MIG device.
type Device = nvmlDevice_t;
/// Any number; only the log looks at it.
type Number = c_uint;
/// A pointer that may not be null.
type Pointer = Out<u8>;
/// An S-class unit; a simulated machine has none, so no handle to one is right.
type Unit = *mut c_void;

/// A pointer that may be null, which asks for the size.
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

/// Handles first, as in the functions that are simulated.
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
            /// Not simulated.
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
