//! Counts of instances and processes: above the buffer, growing, shrinking, none.

use core::ffi::c_uint;

use nvml_mig_sys::{self as sys, nvmlReturn_t};

use super::{Expected, Lie, Telling};
use crate::asked::Wrong;
use crate::driver::{honest, tell};

type GpuInstances = *mut sys::nvmlGpuInstance_t;

lie!(count_far_above = nvmlDeviceGetGpuInstances(device: sys::nvmlDevice_t, profile: c_uint, _instances: GpuInstances, count: *mut c_uint) {
    count.write(u32::MAX);
});
lie!(more_handles = nvmlDeviceGetGpuInstances(device: sys::nvmlDevice_t, profile: c_uint, instances: GpuInstances, count: *mut c_uint) {
    // Twice the room that nvml.h demands, full of handles of nothing.
    for index in 0..128 {
        instances.add(index).write(core::ptr::without_provenance_mut(index + 1));
    }
    count.write(128);
});
lie!(the_same_handle_again = nvmlDeviceGetGpuInstances(device: sys::nvmlDevice_t, profile: c_uint, instances: GpuInstances, count: *mut c_uint) {
    let first = instances.read();
    if count.read() > 0 {
        for index in 0..60 {
            instances.add(index).write(first);
        }
        count.write(60);
    }
});
lie!(growing = nvmlDeviceGetGpuInstances(device: sys::nvmlDevice_t, profile: c_uint, instances: GpuInstances, count: *mut c_uint) {
    let more = tell().min(100);
    for index in 0..more as usize {
        instances.add(index).write(core::ptr::null_mut());
    }
    count.write(more);
});
lie!(one_fewer_each_second_time = nvmlDeviceGetGpuInstances(device: sys::nvmlDevice_t, profile: c_uint, _instances: GpuInstances, count: *mut c_uint) {
    if tell().is_multiple_of(2) {
        count.write(count.read().saturating_sub(1));
    }
});

/// One more than is believed.
const TOO_MANY: c_uint = 65;

lie!(too_many_gpu_instances = nvmlDeviceGetGpuInstances(device: sys::nvmlDevice_t, profile: c_uint, instances: GpuInstances, count: *mut c_uint) {
    let first = instances.read();
    for index in 0..TOO_MANY as usize {
        instances.add(index).write(first);
    }
    count.write(TOO_MANY);
});

type ComputeInstances = *mut sys::nvmlComputeInstance_t;

lie!(too_many_compute_instances = nvmlGpuInstanceGetComputeInstances(instance: sys::nvmlGpuInstance_t, profile: c_uint, instances: ComputeInstances, count: *mut c_uint) {
    let first = instances.read();
    for index in 0..TOO_MANY as usize {
        instances.add(index).write(first);
    }
    count.write(TOO_MANY);
});
lie!(no_compute_instances_each_second_time = nvmlGpuInstanceGetComputeInstances(instance: sys::nvmlGpuInstance_t, profile: c_uint, _instances: ComputeInstances, count: *mut c_uint) {
    if tell().is_multiple_of(2) {
        count.write(0);
    }
});

type ComputePlacements = *mut sys::nvmlComputeInstancePlacement_t;

lie!(too_many_compute_placements = nvmlGpuInstanceGetComputeInstancePossiblePlacements(instance: sys::nvmlGpuInstance_t, profile: c_uint, placements: ComputePlacements, count: *mut c_uint) {
    if !placements.is_null() {
        for index in 0..TOO_MANY as usize {
            placements.add(index).write(sys::nvmlComputeInstancePlacement_t { start: 0, size: 1 });
        }
    }
    count.write(TOO_MANY);
});
lie!(compute_placements_outside = nvmlGpuInstanceGetComputeInstancePossiblePlacements(instance: sys::nvmlGpuInstance_t, profile: c_uint, placements: ComputePlacements, count: *mut c_uint) {
    if !placements.is_null() {
        for index in 0..count.read() as usize {
            placements.add(index).write(sys::nvmlComputeInstancePlacement_t { start: 40, size: 1 });
        }
    }
});

type Placements = *mut sys::nvmlGpuInstancePlacement_t;

lie!(longer_placements = nvmlDeviceGetGpuInstancePossiblePlacements_v2(device: sys::nvmlDevice_t, profile: c_uint, placements: Placements, count: *mut c_uint) {
    // Records of 16 bytes in place of 8: each honest one is followed by zeros.
    if !placements.is_null() {
        let found = count.read() as usize;
        for index in (0..found).rev() {
            let place = placements.add(index).read();
            placements.add(2 * index).write(place);
            placements.add(2 * index + 1).write(sys::nvmlGpuInstancePlacement_t::default());
        }
    }
});
lie!(empty_placements = nvmlDeviceGetGpuInstancePossiblePlacements_v2(device: sys::nvmlDevice_t, profile: c_uint, placements: Placements, count: *mut c_uint) {
    if !placements.is_null() {
        for index in 0..count.read() as usize {
            placements.add(index).write(sys::nvmlGpuInstancePlacement_t { start: 0, size: 0 });
        }
    }
});
lie!(placements_outside = nvmlDeviceGetGpuInstancePossiblePlacements_v2(device: sys::nvmlDevice_t, profile: c_uint, placements: Placements, count: *mut c_uint) {
    if !placements.is_null() {
        for index in 0..count.read() as usize {
            placements.add(index).write(sys::nvmlGpuInstancePlacement_t { start: u32::MAX, size: u32::MAX });
        }
    }
});
lie!(many_placements = nvmlDeviceGetGpuInstancePossiblePlacements_v2(device: sys::nvmlDevice_t, profile: c_uint, _placements: Placements, count: *mut c_uint) {
    count.write(1_000_000);
});
lie!(fewer_placements_each_time = nvmlDeviceGetGpuInstancePossiblePlacements_v2(device: sys::nvmlDevice_t, profile: c_uint, _placements: Placements, count: *mut c_uint) {
    count.write(count.read().saturating_sub(tell()));
});
lie!(no_placements = nvmlDeviceGetGpuInstancePossiblePlacements_v2(device: sys::nvmlDevice_t, profile: c_uint, _placements: Placements, count: *mut c_uint) {
    count.write(0);
});

type Processes = *mut sys::nvmlProcessInfo_t;

instead!(as_many_processes_as_numbers = nvmlDeviceGetComputeRunningProcesses_v3(_device: sys::nvmlDevice_t, count: *mut c_uint, _records: Processes) {
    count.write(u32::MAX);
    nvmlReturn_t::NVML_ERROR_INSUFFICIENT_SIZE
});
instead!(ever_more_processes = nvmlDeviceGetComputeRunningProcesses_v3(_device: sys::nvmlDevice_t, count: *mut c_uint, _records: Processes) {
    count.write(count.read() + 1);
    nvmlReturn_t::NVML_ERROR_INSUFFICIENT_SIZE
});
instead!(one_process_more_than_room_with_success = nvmlDeviceGetComputeRunningProcesses_v3(_device: sys::nvmlDevice_t, count: *mut c_uint, _records: Processes) {
    count.write(count.read() + 1);
    nvmlReturn_t::NVML_SUCCESS
});

/// There is always one fewer than was said before, from 50 on, and the last is on the busy instance.
unsafe extern "C" fn ever_fewer_processes(
    device: sys::nvmlDevice_t,
    count: *mut c_uint,
    records: Processes,
) -> nvmlReturn_t {
    let fewer = 50_u32.saturating_sub(tell()).max(1);
    if records.is_null() {
        // SAFETY: the caller's number.
        unsafe { count.write(fewer) };
        return nvmlReturn_t::NVML_ERROR_INSUFFICIENT_SIZE;
    }
    // SAFETY: the arguments are those of the caller.
    let code =
        unsafe { (honest().nvmlDeviceGetComputeRunningProcesses_v3)(device, count, records) };
    // SAFETY: the caller's number.
    let found = unsafe { count.read() };
    if code != nvmlReturn_t::NVML_SUCCESS || found == 0 {
        return code;
    }
    for index in 1..fewer as usize {
        // SAFETY: the caller has room for as many as were said to be there, one more than now.
        unsafe { records.add(index).write(records.read()) };
    }
    // SAFETY: the caller's number.
    unsafe { count.write(fewer) };
    code
}

instead!(no_processes = nvmlDeviceGetComputeRunningProcesses_v3(_device: sys::nvmlDevice_t, count: *mut c_uint, _records: Processes) {
    count.write(0);
    nvmlReturn_t::NVML_SUCCESS
});
lie!(processes_elsewhere = nvmlDeviceGetComputeRunningProcesses_v3(device: sys::nvmlDevice_t, count: *mut c_uint, records: Processes) {
    if !records.is_null() {
        for index in 0..count.read() as usize {
            (*records.add(index)).gpuInstanceId = 13;
        }
    }
});

pub(super) fn lies() -> Vec<Lie> {
    let mut lies = Vec::from(lies! { Told:
        count_far_above: nvmlDeviceGetGpuInstances,
        more_handles: nvmlDeviceGetGpuInstances,
        the_same_handle_again: nvmlDeviceGetGpuInstances,
        growing: nvmlDeviceGetGpuInstances,
        one_fewer_each_second_time: nvmlDeviceGetGpuInstances,
        too_many_gpu_instances: nvmlDeviceGetGpuInstances,
        too_many_compute_instances: nvmlGpuInstanceGetComputeInstances,
        no_compute_instances_each_second_time: nvmlGpuInstanceGetComputeInstances,
        too_many_compute_placements: nvmlGpuInstanceGetComputeInstancePossiblePlacements,
        compute_placements_outside: nvmlGpuInstanceGetComputeInstancePossiblePlacements,
        longer_placements: nvmlDeviceGetGpuInstancePossiblePlacements_v2,
        empty_placements: nvmlDeviceGetGpuInstancePossiblePlacements_v2,
        placements_outside: nvmlDeviceGetGpuInstancePossiblePlacements_v2,
        many_placements: nvmlDeviceGetGpuInstancePossiblePlacements_v2,
        fewer_placements_each_time: nvmlDeviceGetGpuInstancePossiblePlacements_v2,
        no_placements: nvmlDeviceGetGpuInstancePossiblePlacements_v2,
        as_many_processes_as_numbers: nvmlDeviceGetComputeRunningProcesses_v3,
        ever_more_processes: nvmlDeviceGetComputeRunningProcesses_v3,
        one_process_more_than_room_with_success: nvmlDeviceGetComputeRunningProcesses_v3,
        ever_fewer_processes: nvmlDeviceGetComputeRunningProcesses_v3,
        processes_elsewhere: nvmlDeviceGetComputeRunningProcesses_v3,
    });
    // The driver itself refuses to destroy what has a process.
    let hidden = lies! { Told: no_processes: nvmlDeviceGetComputeRunningProcesses_v3, };
    lies.extend(hidden.map(|lie| lie.excusing(|wrong| matches!(wrong, Wrong::DestroyedBusy(_)))));
    lies
}
