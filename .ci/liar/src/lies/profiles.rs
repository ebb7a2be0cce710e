//! Profiles: without slices, with too much of all, and without end.

use core::ffi::{c_char, c_uint};

use nvml_mig_sys::{self as sys, nvmlReturn_t};

use super::{Expected, Lie, Telling};
use crate::driver::{honest, tell};

type Profile = *mut sys::nvmlGpuInstanceProfileInfo_v2_t;

/// The fields of a profile, whose places depend on the version that the caller asks for.
pub(super) struct Fields<'a> {
    pub(super) slices: &'a mut c_uint,
    pub(super) instances: &'a mut c_uint,
    pub(super) memory: &'a mut u64,
    pub(super) name: &'a mut [c_char; 96],
}

/// The fields of the caller's structure.
///
/// # Safety
///
/// The structure has the version that its first field says.
pub(super) unsafe fn fields<'a>(info: Profile) -> Fields<'a> {
    macro_rules! fields_of {
        ($info:expr) => {{
            // SAFETY: the caller says so.
            let info = unsafe { &mut *$info };
            Fields {
                slices: &mut info.sliceCount,
                instances: &mut info.instanceCount,
                memory: &mut info.memorySizeMB,
                name: &mut info.name,
            }
        }};
    }
    // SAFETY: each version begins with this field.
    match unsafe { (*info).version } >> 24 {
        3 => fields_of!(info.cast::<sys::nvmlGpuInstanceProfileInfo_v3_t>()),
        _ => fields_of!(info),
    }
}

lie!(of_no_slices = nvmlDeviceGetGpuInstanceProfileInfoV(device: sys::nvmlDevice_t, profile: c_uint, info: Profile) {
    let fields = fields(info);
    *fields.slices = 0;
    *fields.instances = 0;
});
lie!(of_too_much = nvmlDeviceGetGpuInstanceProfileInfoV(device: sys::nvmlDevice_t, profile: c_uint, info: Profile) {
    let fields = fields(info);
    *fields.slices = u32::MAX;
    *fields.instances = u32::MAX;
    *fields.memory = u64::MAX;
});
lie!(with_the_same_id = nvmlDeviceGetGpuInstanceProfileInfoV(device: sys::nvmlDevice_t, profile: c_uint, info: Profile) {
    // It has the same place in each version.
    (*info).id = 9;
});
lie!(with_ids_above_all = nvmlDeviceGetGpuInstanceProfileInfoV(device: sys::nvmlDevice_t, profile: c_uint, info: Profile) {
    (*info).id = u32::MAX;
});
instead!(as_many_as_numbers = nvmlDeviceGetGpuInstanceProfileInfoV(device: sys::nvmlDevice_t, _profile: c_uint, info: Profile) {
    // A GPU with MIG has the profile 0.
    (honest().nvmlDeviceGetGpuInstanceProfileInfoV)(device, 0, info)
});

type ComputeProfile = *mut sys::nvmlComputeInstanceProfileInfo_v2_t;

lie!(compute_profiles_of_no_slices = nvmlGpuInstanceGetComputeInstanceProfileInfoV(instance: sys::nvmlGpuInstance_t, profile: c_uint, engines: c_uint, info: ComputeProfile) {
    // These have the same places in each version.
    (*info).sliceCount = 0;
    (*info).instanceCount = 0;
});
lie!(compute_profiles_of_too_much = nvmlGpuInstanceGetComputeInstanceProfileInfoV(instance: sys::nvmlGpuInstance_t, profile: c_uint, engines: c_uint, info: ComputeProfile) {
    (*info).sliceCount = u32::MAX;
    (*info).instanceCount = u32::MAX;
});
instead!(as_many_compute_profiles_as_numbers = nvmlGpuInstanceGetComputeInstanceProfileInfoV(instance: sys::nvmlGpuInstance_t, _profile: c_uint, engines: c_uint, info: ComputeProfile) {
    // A GPU instance has the profile 0.
    (honest().nvmlGpuInstanceGetComputeInstanceProfileInfoV)(instance, 0, engines, info)
});

lie!(room_for_as_many_as_numbers = nvmlDeviceGetGpuInstanceRemainingCapacity(device: sys::nvmlDevice_t, profile: c_uint, count: *mut c_uint) {
    count.write(u32::MAX);
});

pub(super) fn lies() -> impl IntoIterator<Item = Lie> {
    lies! { Told:
        of_no_slices: nvmlDeviceGetGpuInstanceProfileInfoV,
        of_too_much: nvmlDeviceGetGpuInstanceProfileInfoV,
        with_the_same_id: nvmlDeviceGetGpuInstanceProfileInfoV,
        with_ids_above_all: nvmlDeviceGetGpuInstanceProfileInfoV,
        as_many_as_numbers: nvmlDeviceGetGpuInstanceProfileInfoV,
        compute_profiles_of_no_slices: nvmlGpuInstanceGetComputeInstanceProfileInfoV,
        compute_profiles_of_too_much: nvmlGpuInstanceGetComputeInstanceProfileInfoV,
        as_many_compute_profiles_as_numbers: nvmlGpuInstanceGetComputeInstanceProfileInfoV,
        room_for_as_many_as_numbers: nvmlDeviceGetGpuInstanceRemainingCapacity,
    }
}
