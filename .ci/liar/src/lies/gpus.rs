//! GPUs and MIG devices: a hundred, as many as there are numbers, the same again, or ever more.

use core::ffi::c_uint;

use nvml_mig_sys::{self as sys, nvmlReturn_t};

use super::{Expected, Lie, Telling};
use crate::driver::{honest, tell};

const HUNDRED: u32 = 100;

lie!(as_many_as_numbers = nvmlDeviceGetCount_v2(count: *mut c_uint) {
    count.write(u32::MAX);
});
// All but the first three are refused.
lie!(a_hundred_of_which_three_can_be_read = nvmlDeviceGetCount_v2(count: *mut c_uint) {
    count.write(HUNDRED);
});
lie!(a_hundred = nvmlDeviceGetCount_v2(count: *mut c_uint) {
    count.write(HUNDRED);
});
lie!(ever_more = nvmlDeviceGetCount_v2(count: *mut c_uint) {
    count.write(3 + tell());
});
lie!(ever_fewer = nvmlDeviceGetCount_v2(count: *mut c_uint) {
    count.write(HUNDRED.saturating_sub(tell()));
});
lie!(none = nvmlDeviceGetCount_v2(count: *mut c_uint) {
    count.write(0);
});

instead!(the_first_again = nvmlDeviceGetHandleByIndex_v2(_index: c_uint, device: *mut sys::nvmlDevice_t) {
    (honest().nvmlDeviceGetHandleByIndex_v2)(0, device)
});
instead!(of_nothing = nvmlDeviceGetHandleByIndex_v2(index: c_uint, device: *mut sys::nvmlDevice_t) {
    if index < 3 {
        return (honest().nvmlDeviceGetHandleByIndex_v2)(index, device);
    }
    device.write(core::ptr::without_provenance_mut(0x6660_0000 + index as usize));
    nvmlReturn_t::NVML_SUCCESS
});

lie!(as_many_mig_devices_as_numbers = nvmlDeviceGetMaxMigDeviceCount(device: sys::nvmlDevice_t, count: *mut c_uint) {
    count.write(u32::MAX);
});
lie!(as_many_mig_devices_as_are_believed = nvmlDeviceGetMaxMigDeviceCount(device: sys::nvmlDevice_t, count: *mut c_uint) {
    count.write(256);
});
lie!(no_mig_devices = nvmlDeviceGetMaxMigDeviceCount(device: sys::nvmlDevice_t, count: *mut c_uint) {
    count.write(0);
});
lie!(no_handle = nvmlDeviceGetMigDeviceHandleByIndex(device: sys::nvmlDevice_t, index: c_uint, found: *mut sys::nvmlDevice_t) {
    found.write(core::ptr::null_mut());
});
instead!(the_first_mig_device_again = nvmlDeviceGetMigDeviceHandleByIndex(device: sys::nvmlDevice_t, _index: c_uint, found: *mut sys::nvmlDevice_t) {
    (honest().nvmlDeviceGetMigDeviceHandleByIndex)(device, 0, found)
});
lie!(the_gpu_itself = nvmlDeviceGetMigDeviceHandleByIndex(device: sys::nvmlDevice_t, index: c_uint, found: *mut sys::nvmlDevice_t) {
    found.write(device);
});

pub(super) fn lies() -> Vec<Lie> {
    let mut lies = Vec::from(lies! { Told:
        as_many_as_numbers: nvmlDeviceGetCount_v2,
        a_hundred_of_which_three_can_be_read: nvmlDeviceGetCount_v2,
        a_hundred: nvmlDeviceGetCount_v2 and the_first_again: nvmlDeviceGetHandleByIndex_v2,
        a_hundred: nvmlDeviceGetCount_v2 and of_nothing: nvmlDeviceGetHandleByIndex_v2,
        ever_more: nvmlDeviceGetCount_v2,
        ever_fewer: nvmlDeviceGetCount_v2,
        none: nvmlDeviceGetCount_v2,
        the_first_again: nvmlDeviceGetHandleByIndex_v2,
        as_many_mig_devices_as_numbers: nvmlDeviceGetMaxMigDeviceCount,
        as_many_mig_devices_as_are_believed: nvmlDeviceGetMaxMigDeviceCount,
        as_many_mig_devices_as_are_believed: nvmlDeviceGetMaxMigDeviceCount
            and the_first_mig_device_again: nvmlDeviceGetMigDeviceHandleByIndex,
        no_mig_devices: nvmlDeviceGetMaxMigDeviceCount,
        no_handle: nvmlDeviceGetMigDeviceHandleByIndex,
        the_first_mig_device_again: nvmlDeviceGetMigDeviceHandleByIndex,
        the_gpu_itself: nvmlDeviceGetMigDeviceHandleByIndex,
    });
    lies.push(Lie {
        // The most that the simulator has.
        more_gpus: 61,
        ..Lie::new("the truth: 64 GPUs", Telling::Truth, Expected::AllSucceeds)
    });
    lies
}
