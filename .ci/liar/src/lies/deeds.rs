//! Changes that are said to be made and are not, that are made and said to have failed, or that are others than asked for.

use core::ffi::c_uint;

use nvml_mig_sys::{self as sys, nvmlReturn_t};

use super::{Expected, Lie, Telling};
use crate::driver::{busy, honest, idle, tell};

type Made = *mut sys::nvmlGpuInstance_t;
type MadeInside = *mut sys::nvmlComputeInstance_t;
type Place = *const sys::nvmlGpuInstancePlacement_t;
type PlaceInside = *const sys::nvmlComputeInstancePlacement_t;

const SUCCESS: nvmlReturn_t = nvmlReturn_t::NVML_SUCCESS;
const IN_USE: nvmlReturn_t = nvmlReturn_t::NVML_ERROR_IN_USE;
const UNKNOWN: nvmlReturn_t = sys::nvmlReturn_enum(0xDEAD_BEEF);

instead!(not_destroyed = nvmlGpuInstanceDestroy(_instance: sys::nvmlGpuInstance_t) {
    SUCCESS
});
instead!(destroyed_though_in_use = nvmlGpuInstanceDestroy(instance: sys::nvmlGpuInstance_t) {
    (honest().nvmlGpuInstanceDestroy)(instance);
    IN_USE
});
instead!(destroyed_with_unknown_code = nvmlGpuInstanceDestroy(instance: sys::nvmlGpuInstance_t) {
    (honest().nvmlGpuInstanceDestroy)(instance);
    UNKNOWN
});
instead!(not_destroyed_inside = nvmlComputeInstanceDestroy(_instance: sys::nvmlComputeInstance_t) {
    SUCCESS
});
instead!(destroyed_inside_though_in_use = nvmlComputeInstanceDestroy(instance: sys::nvmlComputeInstance_t) {
    (honest().nvmlComputeInstanceDestroy)(instance);
    IN_USE
});
instead!(destroyed_inside_with_unknown_code = nvmlComputeInstanceDestroy(instance: sys::nvmlComputeInstance_t) {
    (honest().nvmlComputeInstanceDestroy)(instance);
    UNKNOWN
});

instead!(not_made = nvmlDeviceCreateGpuInstance(_device: sys::nvmlDevice_t, _profile: c_uint, made: Made) {
    made.write(core::ptr::null_mut());
    SUCCESS
});
instead!(not_made_at = nvmlDeviceCreateGpuInstanceWithPlacement(_device: sys::nvmlDevice_t, _profile: c_uint, _place: Place, made: Made) {
    made.write(core::ptr::without_provenance_mut(0x6660_0000));
    SUCCESS
});
instead!(the_busy_one_as_new = nvmlDeviceCreateGpuInstance(device: sys::nvmlDevice_t, _profile: c_uint, made: Made) {
    (honest().nvmlDeviceGetGpuInstanceById)(device, busy(), made)
});
instead!(the_busy_one_as_new_at = nvmlDeviceCreateGpuInstanceWithPlacement(device: sys::nvmlDevice_t, _profile: c_uint, _place: Place, made: Made) {
    (honest().nvmlDeviceGetGpuInstanceById)(device, busy(), made)
});
instead!(the_idle_one_as_new_at = nvmlDeviceCreateGpuInstanceWithPlacement(device: sys::nvmlDevice_t, profile: c_uint, place: Place, made: Made) {
    let code = (honest().nvmlDeviceGetGpuInstanceById)(device, idle(), made);
    if code == SUCCESS {
        return code;
    }
    (honest().nvmlDeviceCreateGpuInstanceWithPlacement)(device, profile, place, made)
});
instead!(another_profile = nvmlDeviceCreateGpuInstance(device: sys::nvmlDevice_t, _profile: c_uint, made: Made) {
    // 1g.20gb of the GPU with the instances.
    (honest().nvmlDeviceCreateGpuInstance)(device, 15, made)
});
instead!(another_profile_at = nvmlDeviceCreateGpuInstanceWithPlacement(device: sys::nvmlDevice_t, _profile: c_uint, _place: Place, made: Made) {
    (honest().nvmlDeviceCreateGpuInstance)(device, 15, made)
});
instead!(anywhere = nvmlDeviceCreateGpuInstanceWithPlacement(device: sys::nvmlDevice_t, profile: c_uint, _place: Place, made: Made) {
    (honest().nvmlDeviceCreateGpuInstance)(device, profile, made)
});
instead!(made_with_unknown_code = nvmlDeviceCreateGpuInstance(device: sys::nvmlDevice_t, profile: c_uint, made: Made) {
    (honest().nvmlDeviceCreateGpuInstance)(device, profile, made);
    UNKNOWN
});
instead!(made_with_unknown_code_at = nvmlDeviceCreateGpuInstanceWithPlacement(device: sys::nvmlDevice_t, profile: c_uint, place: Place, made: Made) {
    (honest().nvmlDeviceCreateGpuInstanceWithPlacement)(device, profile, place, made);
    UNKNOWN
});

instead!(not_made_inside = nvmlGpuInstanceCreateComputeInstance(_of: sys::nvmlGpuInstance_t, _profile: c_uint, made: MadeInside) {
    made.write(core::ptr::null_mut());
    SUCCESS
});
instead!(not_made_inside_at = nvmlGpuInstanceCreateComputeInstanceWithPlacement(_of: sys::nvmlGpuInstance_t, _profile: c_uint, _place: PlaceInside, made: MadeInside) {
    made.write(core::ptr::without_provenance_mut(0x6660_0000));
    SUCCESS
});
instead!(the_first_as_new_inside = nvmlGpuInstanceCreateComputeInstanceWithPlacement(of: sys::nvmlGpuInstance_t, profile: c_uint, place: PlaceInside, made: MadeInside) {
    let code = (honest().nvmlGpuInstanceGetComputeInstanceById)(of, 0, made);
    if code == SUCCESS {
        return code;
    }
    (honest().nvmlGpuInstanceCreateComputeInstanceWithPlacement)(of, profile, place, made)
});
instead!(made_inside_with_unknown_code = nvmlGpuInstanceCreateComputeInstance(of: sys::nvmlGpuInstance_t, profile: c_uint, made: MadeInside) {
    (honest().nvmlGpuInstanceCreateComputeInstance)(of, profile, made);
    UNKNOWN
});

instead!(mode_not_set = nvmlDeviceSetMigMode(_device: sys::nvmlDevice_t, _mode: c_uint, status: *mut nvmlReturn_t) {
    status.write(SUCCESS);
    SUCCESS
});
instead!(mode_set_with_unknown_status = nvmlDeviceSetMigMode(device: sys::nvmlDevice_t, mode: c_uint, status: *mut nvmlReturn_t) {
    let code = (honest().nvmlDeviceSetMigMode)(device, mode, status);
    status.write(UNKNOWN);
    code
});
instead!(mode_set_with_unknown_code = nvmlDeviceSetMigMode(device: sys::nvmlDevice_t, mode: c_uint, status: *mut nvmlReturn_t) {
    (honest().nvmlDeviceSetMigMode)(device, mode, status);
    UNKNOWN
});
instead!(the_other_mode_set = nvmlDeviceSetMigMode(device: sys::nvmlDevice_t, mode: c_uint, status: *mut nvmlReturn_t) {
    (honest().nvmlDeviceSetMigMode)(device, 1 - mode, status)
});

pub(super) fn lies() -> impl IntoIterator<Item = Lie> {
    lies! { Told:
        not_destroyed: nvmlGpuInstanceDestroy,
        destroyed_though_in_use: nvmlGpuInstanceDestroy,
        destroyed_with_unknown_code: nvmlGpuInstanceDestroy,
        not_destroyed_inside: nvmlComputeInstanceDestroy,
        destroyed_inside_though_in_use: nvmlComputeInstanceDestroy,
        destroyed_inside_with_unknown_code: nvmlComputeInstanceDestroy,
        not_made: nvmlDeviceCreateGpuInstance,
        not_made_at: nvmlDeviceCreateGpuInstanceWithPlacement,
        the_busy_one_as_new: nvmlDeviceCreateGpuInstance,
        the_busy_one_as_new_at: nvmlDeviceCreateGpuInstanceWithPlacement,
        the_idle_one_as_new_at: nvmlDeviceCreateGpuInstanceWithPlacement,
        another_profile: nvmlDeviceCreateGpuInstance,
        another_profile_at: nvmlDeviceCreateGpuInstanceWithPlacement,
        anywhere: nvmlDeviceCreateGpuInstanceWithPlacement,
        made_with_unknown_code: nvmlDeviceCreateGpuInstance,
        made_with_unknown_code_at: nvmlDeviceCreateGpuInstanceWithPlacement,
        not_made_inside: nvmlGpuInstanceCreateComputeInstance,
        not_made_inside_at: nvmlGpuInstanceCreateComputeInstanceWithPlacement,
        the_first_as_new_inside: nvmlGpuInstanceCreateComputeInstanceWithPlacement,
        made_inside_with_unknown_code: nvmlGpuInstanceCreateComputeInstance,
        mode_not_set: nvmlDeviceSetMigMode,
        mode_set_with_unknown_status: nvmlDeviceSetMigMode,
        mode_set_with_unknown_code: nvmlDeviceSetMigMode,
        the_other_mode_set: nvmlDeviceSetMigMode,
    }
}
