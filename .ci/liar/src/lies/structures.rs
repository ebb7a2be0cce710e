//! Structures that are longer than those of nvml.h. They must be borne without any harm.

use core::ffi::c_uint;

use nvml_mig_sys::{self as sys, nvmlReturn_t};

use super::{Expected, Lie, Telling};
use crate::driver::{honest, tell};

/// Writes a function that writes 64 bytes past the structure of the honest one.
macro_rules! longer {
    ($name:ident = $function:ident($($argument:ident: $type:ty),*) $structure:ident) => {
        lie!($name = $function($($argument: $type),*) {
            $structure.add(1).cast::<u8>().write_bytes(0xFF, 64);
        });
    };
}

longer!(longer_attributes = nvmlDeviceGetAttributes_v2(device: sys::nvmlDevice_t, info: *mut sys::nvmlDeviceAttributes_t) info);
longer!(longer_gpu_instance = nvmlGpuInstanceGetInfo(instance: sys::nvmlGpuInstance_t, info: *mut sys::nvmlGpuInstanceInfo_t) info);
longer!(longer_compute_instance = nvmlComputeInstanceGetInfo_v2(instance: sys::nvmlComputeInstance_t, info: *mut sys::nvmlComputeInstanceInfo_t) info);
longer!(longer_memory = nvmlDeviceGetMemoryInfo_v2(device: sys::nvmlDevice_t, info: *mut sys::nvmlMemory_v2_t) info);
longer!(longer_bar1_memory = nvmlDeviceGetBAR1MemoryInfo(device: sys::nvmlDevice_t, info: *mut sys::nvmlBAR1Memory_t) info);
longer!(longer_pci_info = nvmlDeviceGetPciInfo_v3(device: sys::nvmlDevice_t, info: *mut sys::nvmlPciInfo_t) info);
longer!(longer_profile = nvmlDeviceGetGpuInstanceProfileInfo(device: sys::nvmlDevice_t, profile: c_uint, info: *mut sys::nvmlGpuInstanceProfileInfo_t) info);

type VgpuTypes = *mut sys::nvmlVgpuTypeIdInfo_t;
type Vgpus = *mut sys::nvmlActiveVgpuInstanceInfo_t;
type VgpuPlacements = *mut sys::nvmlVgpuCreatablePlacementInfo_t;
type State = *mut sys::nvmlVgpuSchedulerStateInfo_v2_t;
type Log1 = *mut sys::nvmlVgpuSchedulerLogInfo_t;
type Log2 = *mut sys::nvmlVgpuSchedulerLogInfo_v2_t;

longer!(longer_vgpu_types = nvmlGpuInstanceGetCreatableVgpus(instance: sys::nvmlGpuInstance_t, list: VgpuTypes) list);
longer!(longer_vgpus = nvmlGpuInstanceGetActiveVgpus(instance: sys::nvmlGpuInstance_t, list: Vgpus) list);
longer!(longer_vgpu_placements = nvmlGpuInstanceGetVgpuTypeCreatablePlacements(instance: sys::nvmlGpuInstance_t, list: VgpuPlacements) list);
longer!(longer_log = nvmlGpuInstanceGetVgpuSchedulerLog_v2(instance: sys::nvmlGpuInstance_t, log: Log2) log);
longer!(longer_first_log = nvmlGpuInstanceGetVgpuSchedulerLog(instance: sys::nvmlGpuInstance_t, log: Log1) log);
longer!(longer_scheduler_state = nvmlGpuInstanceGetVgpuSchedulerState_v2(instance: sys::nvmlGpuInstance_t, state: State) state);

pub(super) fn lies() -> impl IntoIterator<Item = Lie> {
    lies! { AllSucceeds:
        longer_attributes: nvmlDeviceGetAttributes_v2,
        longer_gpu_instance: nvmlGpuInstanceGetInfo,
        longer_compute_instance: nvmlComputeInstanceGetInfo_v2,
        longer_memory: nvmlDeviceGetMemoryInfo_v2,
        longer_bar1_memory: nvmlDeviceGetBAR1MemoryInfo,
        longer_pci_info: nvmlDeviceGetPciInfo_v3,
        longer_profile: nvmlDeviceGetGpuInstanceProfileInfo without nvmlDeviceGetGpuInstanceProfileInfoV,
        longer_vgpu_types: nvmlGpuInstanceGetCreatableVgpus,
        longer_vgpus: nvmlGpuInstanceGetActiveVgpus,
        longer_vgpu_placements: nvmlGpuInstanceGetVgpuTypeCreatablePlacements,
        longer_log: nvmlGpuInstanceGetVgpuSchedulerLog_v2,
        longer_first_log: nvmlGpuInstanceGetVgpuSchedulerLog without nvmlGpuInstanceGetVgpuSchedulerLog_v2,
        longer_scheduler_state: nvmlGpuInstanceGetVgpuSchedulerState_v2,
    }
}
