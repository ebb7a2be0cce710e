//! vGPUs: their lists, logs and settings.

use core::ffi::c_uint;

use nvml_mig_sys::{self as sys, nvmlReturn_t};

use super::{Expected, Lie, Telling};
use crate::driver::{honest, tell};

type Types = *mut sys::nvmlVgpuTypeIdInfo_t;
type Vgpus = *mut sys::nvmlActiveVgpuInstanceInfo_t;
type Placements = *mut sys::nvmlVgpuCreatablePlacementInfo_t;
type Mode = *mut sys::nvmlVgpuHeterogeneousMode_t;
type Log1 = *mut sys::nvmlVgpuSchedulerLogInfo_t;
type Log2 = *mut sys::nvmlVgpuSchedulerLogInfo_v2_t;

lie!(as_many_types_as_numbers = nvmlGpuInstanceGetCreatableVgpus(instance: sys::nvmlGpuInstance_t, list: Types) {
    (*list).vgpuCount = u32::MAX;
});
lie!(more_than_room = nvmlGpuInstanceGetActiveVgpus(instance: sys::nvmlGpuInstance_t, list: Vgpus) {
    for index in 0..100 {
        (*list).vgpuInstances.add(index).write(u32::MAX);
    }
    (*list).vgpuCount = 100;
});
instead!(ever_more = nvmlGpuInstanceGetActiveVgpus(_instance: sys::nvmlGpuInstance_t, list: Vgpus) {
    (*list).vgpuCount += 1;
    nvmlReturn_t::NVML_ERROR_INSUFFICIENT_SIZE
});
instead!(ever_fewer = nvmlGpuInstanceGetActiveVgpus(_instance: sys::nvmlGpuInstance_t, list: Vgpus) {
    (*list).vgpuCount = (*list).vgpuCount.saturating_sub(1);
    nvmlReturn_t::NVML_ERROR_INSUFFICIENT_SIZE
});
lie!(as_many_placements_as_numbers = nvmlGpuInstanceGetVgpuTypeCreatablePlacements(instance: sys::nvmlGpuInstance_t, list: Placements) {
    (*list).count = u32::MAX;
    (*list).placementSize = u32::MAX;
});
lie!(neither_on_nor_off = nvmlGpuInstanceGetVgpuHeterogeneousMode(instance: sys::nvmlGpuInstance_t, mode: Mode) {
    (*mode).mode = 77;
});
lie!(impossible_gpu_instance = nvmlVgpuInstanceGetGpuInstanceId(vgpu: c_uint, id: *mut c_uint) {
    id.write(4_000_000_000);
});
lie!(a_longer_log_than_there_is_room_for = nvmlGpuInstanceGetVgpuSchedulerLog_v2(instance: sys::nvmlGpuInstance_t, log: Log2) {
    (*log).entriesCount = sys::NVML_SCHEDULER_SW_MAX_LOG_ENTRIES + 1;
});
lie!(as_long_a_log_as_numbers = nvmlGpuInstanceGetVgpuSchedulerLog(instance: sys::nvmlGpuInstance_t, log: Log1) {
    (*log).entriesCount = u32::MAX;
});

pub(super) fn lies() -> impl IntoIterator<Item = Lie> {
    lies! { AllSucceeds:
        as_many_types_as_numbers: nvmlGpuInstanceGetCreatableVgpus,
        more_than_room: nvmlGpuInstanceGetActiveVgpus,
        ever_more: nvmlGpuInstanceGetActiveVgpus,
        ever_fewer: nvmlGpuInstanceGetActiveVgpus,
        as_many_placements_as_numbers: nvmlGpuInstanceGetVgpuTypeCreatablePlacements,
        neither_on_nor_off: nvmlGpuInstanceGetVgpuHeterogeneousMode,
        impossible_gpu_instance: nvmlVgpuInstanceGetGpuInstanceId,
        a_longer_log_than_there_is_room_for: nvmlGpuInstanceGetVgpuSchedulerLog_v2,
        as_long_a_log_as_numbers: nvmlGpuInstanceGetVgpuSchedulerLog without nvmlGpuInstanceGetVgpuSchedulerLog_v2,
    }
}
