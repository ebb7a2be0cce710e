//! Calls that take long, and events that are none.

use core::ffi::{c_char, c_uint};
use std::time::Duration;

use nvml_mig_sys::{self as sys, nvmlReturn_t};

use super::{Expected, Lie, Telling};
use crate::driver::{honest, sleep, tell};

/// A crate with a limit of its own would take a call that is so slow for a failure.
const SLOW: Duration = Duration::from_secs(1);
/// How many calls are slow.
const SLOW_CALLS: u32 = 2;

fn sleep_at_first() {
    if tell() < SLOW_CALLS {
        sleep(SLOW);
    }
}

/// Writes a function that is slow, and then honest.
macro_rules! slow {
    ($name:ident = $function:ident($($argument:ident: $type:ty),*)) => {
        unsafe extern "C" fn $name($($argument: $type),*) -> nvmlReturn_t {
            sleep_at_first();
            // SAFETY: the arguments are those of the caller.
            unsafe { (honest().$function)($($argument),*) }
        }
    };
}

slow!(slow_list = nvmlDeviceGetGpuInstances(device: sys::nvmlDevice_t, profile: c_uint, instances: *mut sys::nvmlGpuInstance_t, count: *mut c_uint));
slow!(slow_destruction = nvmlGpuInstanceDestroy(instance: sys::nvmlGpuInstance_t));
slow!(slow_creation = nvmlDeviceCreateGpuInstanceWithPlacement(device: sys::nvmlDevice_t, profile: c_uint, place: *const sys::nvmlGpuInstancePlacement_t, made: *mut sys::nvmlGpuInstance_t));
slow!(slow_mode = nvmlDeviceSetMigMode(device: sys::nvmlDevice_t, mode: c_uint, status: *mut nvmlReturn_t));
slow!(slow_uuid = nvmlDeviceGetUUID(device: sys::nvmlDevice_t, uuid: *mut c_char, length: c_uint));
// Longer than it was asked to wait.
slow!(slow_wait = nvmlEventSetWait_v2(set: sys::nvmlEventSet_t, data: *mut sys::nvmlEventData_t, timeout: c_uint));

instead!(a_wait_that_ends_at_once = nvmlEventSetWait_v2(_set: sys::nvmlEventSet_t, _data: *mut sys::nvmlEventData_t, _timeout: c_uint) {
    nvmlReturn_t::NVML_ERROR_TIMEOUT
});
instead!(an_event_of_nothing = nvmlEventSetWait_v2(_set: sys::nvmlEventSet_t, data: *mut sys::nvmlEventData_t, _timeout: c_uint) {
    // Twice the length of the structure, as a newer driver might write.
    data.cast::<u8>().write_bytes(0xFF, 2 * size_of::<sys::nvmlEventData_t>());
    nvmlReturn_t::NVML_SUCCESS
});
instead!(events_of_another_kind = nvmlEventSetWait_v2(_set: sys::nvmlEventSet_t, data: *mut sys::nvmlEventData_t, _timeout: c_uint) {
    let clock = sys::nvmlEventData_t {
        eventType: 0x10,
        ..Default::default()
    };
    data.write(clock);
    nvmlReturn_t::NVML_SUCCESS
});

pub(super) fn lies() -> impl IntoIterator<Item = Lie> {
    lies! { AllSucceeds:
        slow_list: nvmlDeviceGetGpuInstances,
        slow_destruction: nvmlGpuInstanceDestroy,
        slow_creation: nvmlDeviceCreateGpuInstanceWithPlacement,
        slow_mode: nvmlDeviceSetMigMode,
        slow_uuid: nvmlDeviceGetUUID,
        slow_wait: nvmlEventSetWait_v2,
        a_wait_that_ends_at_once: nvmlEventSetWait_v2,
        an_event_of_nothing: nvmlEventSetWait_v2,
        events_of_another_kind: nvmlEventSetWait_v2,
    }
}
