//! Ids, placements, handles and numbers: impossible, repeated, or those of another.

use core::ffi::{c_char, c_uint};

use nvml_mig_sys::{self as sys, nvmlReturn_t};

use super::{Expected, Lie, Telling};
use crate::asked::Wrong;
use crate::driver::{busy, honest, idle, tell};

type GpuInfo = *mut sys::nvmlGpuInstanceInfo_t;
type ComputeInfo = *mut sys::nvmlComputeInstanceInfo_t;

lie!(impossible_gpu_instance_id = nvmlGpuInstanceGetInfo(instance: sys::nvmlGpuInstance_t, info: GpuInfo) {
    (*info).id = u32::MAX;
});
lie!(impossible_gpu_instance_place = nvmlGpuInstanceGetInfo(instance: sys::nvmlGpuInstance_t, info: GpuInfo) {
    (*info).placement = sys::nvmlGpuInstancePlacement_t { start: 4_000_000_000, size: 4_000_000_000 };
});
lie!(unknown_profile = nvmlGpuInstanceGetInfo(instance: sys::nvmlGpuInstance_t, info: GpuInfo) {
    (*info).profileId = u32::MAX;
});
lie!(the_id_of_the_busy_one = nvmlGpuInstanceGetInfo(instance: sys::nvmlGpuInstance_t, info: GpuInfo) {
    (*info).id = busy();
});
lie!(the_id_of_the_idle_one = nvmlGpuInstanceGetInfo(instance: sys::nvmlGpuInstance_t, info: GpuInfo) {
    (*info).id = idle();
});
lie!(another_id_each_time = nvmlGpuInstanceGetInfo(instance: sys::nvmlGpuInstance_t, info: GpuInfo) {
    (*info).id = tell() % 14;
});
lie!(the_same_place = nvmlGpuInstanceGetInfo(instance: sys::nvmlGpuInstance_t, info: GpuInfo) {
    (*info).placement = sys::nvmlGpuInstancePlacement_t { start: 0, size: 4 };
});
lie!(impossible_compute_instance_id = nvmlComputeInstanceGetInfo_v2(instance: sys::nvmlComputeInstance_t, info: ComputeInfo) {
    (*info).id = u32::MAX;
});
lie!(impossible_compute_instance_place = nvmlComputeInstanceGetInfo_v2(instance: sys::nvmlComputeInstance_t, info: ComputeInfo) {
    (*info).placement = sys::nvmlComputeInstancePlacement_t { start: 4_000_000_000, size: 4_000_000_000 };
});
lie!(the_same_compute_instance_id = nvmlComputeInstanceGetInfo_v2(instance: sys::nvmlComputeInstance_t, info: ComputeInfo) {
    (*info).id = 0;
});
lie!(another_compute_instance_id = nvmlComputeInstanceGetInfo_v2(instance: sys::nvmlComputeInstance_t, info: ComputeInfo) {
    (*info).id = 5;
});

instead!(the_busy_one_for_each_id = nvmlDeviceGetGpuInstanceById(device: sys::nvmlDevice_t, _id: c_uint, found: *mut sys::nvmlGpuInstance_t) {
    (honest().nvmlDeviceGetGpuInstanceById)(device, busy(), found)
});
instead!(the_first_for_each_id = nvmlGpuInstanceGetComputeInstanceById(instance: sys::nvmlGpuInstance_t, _id: c_uint, found: *mut sys::nvmlComputeInstance_t) {
    (honest().nvmlGpuInstanceGetComputeInstanceById)(instance, 0, found)
});
instead!(the_first_gpu_for_each_uuid = nvmlDeviceGetHandleByUUID(_uuid: *const c_char, device: *mut sys::nvmlDevice_t) {
    (honest().nvmlDeviceGetHandleByIndex_v2)(0, device)
});
instead!(the_first_gpu_for_each_address = nvmlDeviceGetHandleByPciBusId_v2(_address: *const c_char, device: *mut sys::nvmlDevice_t) {
    (honest().nvmlDeviceGetHandleByIndex_v2)(0, device)
});
instead!(another_gpu = nvmlDeviceGetDeviceHandleFromMigDeviceHandle(_mig_device: sys::nvmlDevice_t, device: *mut sys::nvmlDevice_t) {
    (honest().nvmlDeviceGetHandleByIndex_v2)(1, device)
});
lie!(each_is_a_mig_device = nvmlDeviceIsMigDeviceHandle(device: sys::nvmlDevice_t, is: *mut c_uint) {
    is.write(1);
});

lie!(impossible_id_of_mig_device = nvmlDeviceGetGpuInstanceId(device: sys::nvmlDevice_t, id: *mut c_uint) {
    id.write(u32::MAX);
});
lie!(all_mig_devices_in_the_busy_one = nvmlDeviceGetGpuInstanceId(device: sys::nvmlDevice_t, id: *mut c_uint) {
    id.write(busy());
});
lie!(impossible_compute_id_of_mig_device = nvmlDeviceGetComputeInstanceId(device: sys::nvmlDevice_t, id: *mut c_uint) {
    id.write(u32::MAX);
});
lie!(another_compute_id_of_mig_device = nvmlDeviceGetComputeInstanceId(device: sys::nvmlDevice_t, id: *mut c_uint) {
    id.write(6);
});

lie!(unknown_mode = nvmlDeviceGetMigMode(device: sys::nvmlDevice_t, current: *mut c_uint, pending: *mut c_uint) {
    current.write(77);
    pending.write(77);
});
instead!(unknown_code = nvmlDeviceGetMigMode(_device: sys::nvmlDevice_t, _current: *mut c_uint, _pending: *mut c_uint) {
    sys::nvmlReturn_enum(0xDEAD_BEEF)
});
lie!(always_on = nvmlDeviceGetMigMode(device: sys::nvmlDevice_t, current: *mut c_uint, pending: *mut c_uint) {
    current.write(1);
    pending.write(1);
});
lie!(always_off = nvmlDeviceGetMigMode(device: sys::nvmlDevice_t, current: *mut c_uint, pending: *mut c_uint) {
    current.write(0);
    pending.write(0);
});
lie!(on_and_off_by_turns = nvmlDeviceGetMigMode(device: sys::nvmlDevice_t, current: *mut c_uint, pending: *mut c_uint) {
    current.write(tell() % 2);
    pending.write(current.read());
});
lie!(another_architecture = nvmlDeviceGetArchitecture(device: sys::nvmlDevice_t, architecture: *mut c_uint) {
    architecture.write(u32::MAX);
});
lie!(another_index = nvmlDeviceGetIndex(device: sys::nvmlDevice_t, index: *mut c_uint) {
    index.write(u32::MAX);
});
lie!(another_minor_number = nvmlDeviceGetMinorNumber(device: sys::nvmlDevice_t, number: *mut c_uint) {
    number.write(u32::MAX);
});
lie!(more_memory_than_numbers = nvmlDeviceGetMemoryInfo_v2(device: sys::nvmlDevice_t, memory: *mut sys::nvmlMemory_v2_t) {
    (*memory).total = u64::MAX;
    (*memory).reserved = u64::MAX;
    (*memory).used = u64::MAX;
});

pub(super) fn lies() -> impl IntoIterator<Item = Lie> {
    // A new instance has the id that its handle says, and MIG mode is what the driver says.
    let id = lies! { Told: the_id_of_the_busy_one: nvmlGpuInstanceGetInfo, }.map(|lie| {
        lie.excusing(|wrong| matches!(wrong, Wrong::Success(what) if what == "create a MIG device"))
    });
    let modes = lies! { Told:
        unknown_mode: nvmlDeviceGetMigMode,
        always_off: nvmlDeviceGetMigMode,
    };
    let modes = modes.map(|lie| {
        lie.excusing(|wrong| matches!(wrong, Wrong::Success(what) if what.contains("MIG mode")))
    });
    others().into_iter().chain(id).chain(modes)
}

fn others() -> impl IntoIterator<Item = Lie> {
    lies! { Told:
        impossible_gpu_instance_id: nvmlGpuInstanceGetInfo,
        impossible_gpu_instance_place: nvmlGpuInstanceGetInfo,
        unknown_profile: nvmlGpuInstanceGetInfo,
        the_id_of_the_idle_one: nvmlGpuInstanceGetInfo,
        another_id_each_time: nvmlGpuInstanceGetInfo,
        the_same_place: nvmlGpuInstanceGetInfo,
        impossible_compute_instance_id: nvmlComputeInstanceGetInfo_v2,
        impossible_compute_instance_place: nvmlComputeInstanceGetInfo_v2,
        the_same_compute_instance_id: nvmlComputeInstanceGetInfo_v2,
        another_compute_instance_id: nvmlComputeInstanceGetInfo_v2,
        the_busy_one_for_each_id: nvmlDeviceGetGpuInstanceById,
        the_first_for_each_id: nvmlGpuInstanceGetComputeInstanceById,
        the_first_gpu_for_each_uuid: nvmlDeviceGetHandleByUUID,
        the_first_gpu_for_each_address: nvmlDeviceGetHandleByPciBusId_v2,
        another_gpu: nvmlDeviceGetDeviceHandleFromMigDeviceHandle,
        each_is_a_mig_device: nvmlDeviceIsMigDeviceHandle,
        impossible_id_of_mig_device: nvmlDeviceGetGpuInstanceId,
        all_mig_devices_in_the_busy_one: nvmlDeviceGetGpuInstanceId,
        impossible_compute_id_of_mig_device: nvmlDeviceGetComputeInstanceId,
        another_compute_id_of_mig_device: nvmlDeviceGetComputeInstanceId,
        unknown_code: nvmlDeviceGetMigMode,
        always_on: nvmlDeviceGetMigMode,
        on_and_off_by_turns: nvmlDeviceGetMigMode,
        another_architecture: nvmlDeviceGetArchitecture,
        another_index: nvmlDeviceGetIndex,
        another_minor_number: nvmlDeviceGetMinorNumber,
        more_memory_than_numbers: nvmlDeviceGetMemoryInfo_v2,
    }
}
