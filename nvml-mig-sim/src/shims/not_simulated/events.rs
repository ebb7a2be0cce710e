//! Event contexts of nvml.h 13.4, beside the events that [`events`](super::super::events) simulates.

use nvml_mig_sys::{nvmlEventSet_t, nvmlReturn_t};

use crate::machine::Refusal;
use crate::shims::call;
use crate::shims::pointers::{Out, number};

/// Exports functions of an event set and a structure.
macro_rules! not_simulated {
    ($($function:ident),* $(,)?) => {
        $(
            /// Not simulated.
            #[unsafe(no_mangle)]
            unsafe extern "C" fn $function(set: nvmlEventSet_t, out: Out<u8>) -> nvmlReturn_t {
                call!(
                    with_objects,
                    $function(set, out),
                    |machine, objects| {
                        objects.require_event_set(machine, number(set))?;
                        out.require()?;
                        Err::<(), _>(Refusal::NotSupported)
                    },
                    Ok,
                )
            }
        )*
    };
}

not_simulated!(
    nvmlEventSetGetContextCount_v1,
    nvmlEventSetGetContextData_v1,
    nvmlEventSetGetContextInfo_v1,
    nvmlEventSetGetGpuOperationalEventContextLegacyXid_v1,
    nvmlEventSetRegisterGpuOperationalEvents_v1,
);
