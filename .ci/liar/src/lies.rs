//! The lies, each a function that takes the place of an honest one.

use core::ffi::{c_char, c_uint};
use core::sync::atomic::{AtomicU32, Ordering};
use std::sync::OnceLock;

use nvml_mig_sys::{self as sys, NvmlSymbols, nvmlReturn_t};

/// The functions that tell the truth.
static HONEST: OnceLock<NvmlSymbols> = OnceLock::new();

/// Counts the calls of functions whose answer grows.
static CALLS: AtomicU32 = AtomicU32::new(0);

/// A lie, and what it is about.
pub(crate) struct Lie {
    pub(crate) name: &'static str,
    pub(crate) tell: fn(&mut NvmlSymbols),
}

/// The table with one lie in it.
pub(crate) fn table(honest: NvmlSymbols, lie: &Lie) -> NvmlSymbols {
    // The same for all lies of a process.
    let mut symbols = *HONEST.get_or_init(|| honest);
    (lie.tell)(&mut symbols);
    symbols
}

fn honest() -> &'static NvmlSymbols {
    HONEST.get().expect("a table was made")
}

/// Writes a function that calls the honest one and then changes what it wrote, if it succeeded.
macro_rules! lie {
    ($name:ident = $function:ident($($argument:ident: $type:ty),*) $change:block) => {
        unsafe extern "C" fn $name($($argument: $type),*) -> nvmlReturn_t {
            // SAFETY: the arguments are those of the caller.
            let code = unsafe { (honest().$function)($($argument),*) };
            if code == nvmlReturn_t::NVML_SUCCESS {
                // SAFETY: what a lie writes beyond the declared length is what the caller must have room for.
                unsafe { $change }
            }
            code
        }
    };
}

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
    let more = CALLS.fetch_add(1, Ordering::Relaxed).min(100);
    for index in 0..more as usize {
        instances.add(index).write(core::ptr::null_mut());
    }
    count.write(more);
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

lie!(impossible_gpu_instance_id = nvmlGpuInstanceGetInfo(instance: sys::nvmlGpuInstance_t, info: *mut sys::nvmlGpuInstanceInfo_t) {
    (*info).id = u32::MAX;
});
lie!(impossible_gpu_instance_place = nvmlGpuInstanceGetInfo(instance: sys::nvmlGpuInstance_t, info: *mut sys::nvmlGpuInstanceInfo_t) {
    (*info).placement = sys::nvmlGpuInstancePlacement_t { start: 4_000_000_000, size: 4_000_000_000 };
});
lie!(unknown_profile = nvmlGpuInstanceGetInfo(instance: sys::nvmlGpuInstance_t, info: *mut sys::nvmlGpuInstanceInfo_t) {
    (*info).profileId = u32::MAX;
});
lie!(impossible_compute_instance_id = nvmlComputeInstanceGetInfo_v2(instance: sys::nvmlComputeInstance_t, info: *mut sys::nvmlComputeInstanceInfo_t) {
    (*info).id = u32::MAX;
});
lie!(impossible_id_of_mig_device = nvmlDeviceGetGpuInstanceId(device: sys::nvmlDevice_t, id: *mut c_uint) {
    id.write(u32::MAX);
});

lie!(name_without_end = nvmlDeviceGetName(device: sys::nvmlDevice_t, name: *mut c_char, length: c_uint) {
    name.write_bytes(b'A', length as usize);
});
lie!(name_past_its_end = nvmlDeviceGetName(device: sys::nvmlDevice_t, name: *mut c_char, length: c_uint) {
    name.write_bytes(b'A', length as usize + 32);
});
lie!(uuid_without_end = nvmlDeviceGetUUID(device: sys::nvmlDevice_t, uuid: *mut c_char, length: c_uint) {
    uuid.write_bytes(0xFF, length as usize);
});
lie!(empty_uuid = nvmlDeviceGetUUID(device: sys::nvmlDevice_t, uuid: *mut c_char, _length: c_uint) {
    uuid.write(0);
});
lie!(process_name_without_end = nvmlSystemGetProcessName(pid: c_uint, name: *mut c_char, length: c_uint) {
    name.write_bytes(b'/', length as usize);
});
lie!(profile_names_without_end = nvmlDeviceGetGpuInstanceProfileInfoV(device: sys::nvmlDevice_t, profile: c_uint, info: *mut sys::nvmlGpuInstanceProfileInfo_v2_t) {
    (*info).name.fill(b'g'.cast_signed() as c_char);
});
lie!(profiles_of_no_slices = nvmlDeviceGetGpuInstanceProfileInfoV(device: sys::nvmlDevice_t, profile: c_uint, info: *mut sys::nvmlGpuInstanceProfileInfo_v2_t) {
    (*info).sliceCount = 0;
    (*info).instanceCount = 0;
});
lie!(profiles_of_too_much = nvmlDeviceGetGpuInstanceProfileInfoV(device: sys::nvmlDevice_t, profile: c_uint, info: *mut sys::nvmlGpuInstanceProfileInfo_v2_t) {
    (*info).sliceCount = u32::MAX;
    (*info).instanceCount = u32::MAX;
    (*info).memorySizeMB = u64::MAX;
});

lie!(as_many_gpus_as_numbers = nvmlDeviceGetCount_v2(count: *mut c_uint) {
    count.write(u32::MAX);
});
lie!(as_many_mig_devices_as_numbers = nvmlDeviceGetMaxMigDeviceCount(device: sys::nvmlDevice_t, count: *mut c_uint) {
    count.write(u32::MAX);
});
lie!(unknown_mode = nvmlDeviceGetMigMode(device: sys::nvmlDevice_t, current: *mut c_uint, pending: *mut c_uint) {
    current.write(77);
    pending.write(77);
});
lie!(more_memory_than_numbers = nvmlDeviceGetMemoryInfo_v2(device: sys::nvmlDevice_t, memory: *mut sys::nvmlMemory_v2_t) {
    (*memory).total = u64::MAX;
    (*memory).reserved = u64::MAX;
    (*memory).used = u64::MAX;
});
lie!(no_handle = nvmlDeviceGetMigDeviceHandleByIndex(device: sys::nvmlDevice_t, index: c_uint, found: *mut sys::nvmlDevice_t) {
    found.write(core::ptr::null_mut());
});

/// Every number is a profile.
unsafe extern "C" fn as_many_profiles_as_numbers(
    device: sys::nvmlDevice_t,
    _profile: c_uint,
    info: *mut sys::nvmlGpuInstanceProfileInfo_v2_t,
) -> nvmlReturn_t {
    // SAFETY: the arguments are those of the caller; a GPU with MIG has the profile 0.
    unsafe { (honest().nvmlDeviceGetGpuInstanceProfileInfoV)(device, 0, info) }
}

unsafe extern "C" fn as_many_compute_profiles_as_numbers(
    instance: sys::nvmlGpuInstance_t,
    _profile: c_uint,
    engines: c_uint,
    info: *mut sys::nvmlComputeInstanceProfileInfo_v2_t,
) -> nvmlReturn_t {
    // SAFETY: the arguments are those of the caller; a GPU instance has the profile 0.
    unsafe { (honest().nvmlGpuInstanceGetComputeInstanceProfileInfoV)(instance, 0, engines, info) }
}

unsafe extern "C" fn as_many_processes_as_numbers(
    _device: sys::nvmlDevice_t,
    count: *mut c_uint,
    _records: *mut sys::nvmlProcessInfo_t,
) -> nvmlReturn_t {
    // SAFETY: the caller's number.
    unsafe { count.write(u32::MAX) };
    nvmlReturn_t::NVML_ERROR_INSUFFICIENT_SIZE
}

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

/// The only profile query of the oldest drivers.
unsafe extern "C" fn longer_profile(
    device: sys::nvmlDevice_t,
    profile: c_uint,
    info: *mut sys::nvmlGpuInstanceProfileInfo_t,
) -> nvmlReturn_t {
    // SAFETY: the arguments are those of the caller.
    let code = unsafe { (honest().nvmlDeviceGetGpuInstanceProfileInfo)(device, profile, info) };
    // SAFETY: what a lie writes beyond the structure is what the caller must have room for.
    unsafe { info.add(1).cast::<u8>().write_bytes(0xFF, 64) };
    code
}

unsafe extern "C" fn an_event_of_nothing(
    _set: sys::nvmlEventSet_t,
    data: *mut sys::nvmlEventData_t,
    _timeout: c_uint,
) -> nvmlReturn_t {
    // SAFETY: twice the length of the structure, as a newer driver might write.
    unsafe {
        data.cast::<u8>()
            .write_bytes(0xFF, 2 * size_of::<sys::nvmlEventData_t>())
    };
    nvmlReturn_t::NVML_SUCCESS
}

unsafe extern "C" fn unknown_code(
    _device: sys::nvmlDevice_t,
    _current: *mut c_uint,
    _pending: *mut c_uint,
) -> nvmlReturn_t {
    sys::nvmlReturn_enum(0xDEAD_BEEF)
}

unsafe extern "C" fn events_of_another_kind(
    set: sys::nvmlEventSet_t,
    data: *mut sys::nvmlEventData_t,
    _timeout: c_uint,
) -> nvmlReturn_t {
    let _ = set;
    let clock = sys::nvmlEventData_t {
        eventType: 0x10,
        ..Default::default()
    };
    // SAFETY: the caller's structure.
    unsafe { data.write(clock) };
    nvmlReturn_t::NVML_SUCCESS
}

type VgpuTypes = *mut sys::nvmlVgpuTypeIdInfo_t;
type Vgpus = *mut sys::nvmlActiveVgpuInstanceInfo_t;
type VgpuPlacements = *mut sys::nvmlVgpuCreatablePlacementInfo_t;
type Log1 = *mut sys::nvmlVgpuSchedulerLogInfo_t;
type Log2 = *mut sys::nvmlVgpuSchedulerLogInfo_v2_t;

lie!(as_many_vgpu_types_as_numbers = nvmlGpuInstanceGetCreatableVgpus(instance: sys::nvmlGpuInstance_t, list: VgpuTypes) {
    (*list).vgpuCount = u32::MAX;
});
lie!(more_vgpus_than_room = nvmlGpuInstanceGetActiveVgpus(instance: sys::nvmlGpuInstance_t, list: Vgpus) {
    for index in 0..100 {
        (*list).vgpuInstances.add(index).write(u32::MAX);
    }
    (*list).vgpuCount = 100;
});
lie!(as_many_vgpu_placements_as_numbers = nvmlGpuInstanceGetVgpuTypeCreatablePlacements(instance: sys::nvmlGpuInstance_t, list: VgpuPlacements) {
    (*list).count = u32::MAX;
    (*list).placementSize = u32::MAX;
});
lie!(neither_on_nor_off = nvmlGpuInstanceGetVgpuHeterogeneousMode(instance: sys::nvmlGpuInstance_t, mode: *mut sys::nvmlVgpuHeterogeneousMode_t) {
    (*mode).mode = 77;
});
lie!(impossible_gpu_instance_of_vgpu = nvmlVgpuInstanceGetGpuInstanceId(vgpu: c_uint, id: *mut c_uint) {
    id.write(4_000_000_000);
});
lie!(a_longer_log_than_there_is_room_for = nvmlGpuInstanceGetVgpuSchedulerLog_v2(instance: sys::nvmlGpuInstance_t, log: Log2) {
    (*log).entriesCount = sys::NVML_SCHEDULER_SW_MAX_LOG_ENTRIES + 1;
});
lie!(as_long_a_log_as_numbers = nvmlGpuInstanceGetVgpuSchedulerLog(instance: sys::nvmlGpuInstance_t, log: Log1) {
    (*log).entriesCount = u32::MAX;
});
longer!(longer_vgpu_types = nvmlGpuInstanceGetCreatableVgpus(instance: sys::nvmlGpuInstance_t, list: VgpuTypes) list);
longer!(longer_vgpus = nvmlGpuInstanceGetActiveVgpus(instance: sys::nvmlGpuInstance_t, list: Vgpus) list);
longer!(longer_vgpu_placements = nvmlGpuInstanceGetVgpuTypeCreatablePlacements(instance: sys::nvmlGpuInstance_t, list: VgpuPlacements) list);
longer!(longer_log = nvmlGpuInstanceGetVgpuSchedulerLog_v2(instance: sys::nvmlGpuInstance_t, log: Log2) log);
longer!(longer_first_log = nvmlGpuInstanceGetVgpuSchedulerLog(instance: sys::nvmlGpuInstance_t, log: Log1) log);
longer!(longer_scheduler_state = nvmlGpuInstanceGetVgpuSchedulerState_v2(instance: sys::nvmlGpuInstance_t, state: *mut sys::nvmlVgpuSchedulerStateInfo_v2_t) state);

/// There is always one more.
unsafe extern "C" fn ever_more_vgpus(
    _instance: sys::nvmlGpuInstance_t,
    list: Vgpus,
) -> nvmlReturn_t {
    // SAFETY: the caller's structure.
    unsafe { (*list).vgpuCount += 1 };
    nvmlReturn_t::NVML_ERROR_INSUFFICIENT_SIZE
}

/// Heard only if the second version is missing.
fn first_log(
    symbols: &mut NvmlSymbols,
    lie: unsafe extern "C" fn(sys::nvmlGpuInstance_t, Log1) -> nvmlReturn_t,
) {
    symbols.nvmlGpuInstanceGetVgpuSchedulerLog = lie;
    symbols.nvmlGpuInstanceGetVgpuSchedulerLog_v2 =
        NvmlSymbols::LACKING.nvmlGpuInstanceGetVgpuSchedulerLog_v2;
}

macro_rules! lies {
    ($($name:ident: $function:ident,)*) => {
        /// All lies: a function of NVML, and what takes its place.
        pub(crate) const LIES: &[Lie] = &[$(
            Lie {
                name: concat!(stringify!($function), ": ", stringify!($name)),
                tell: |symbols| symbols.$function = $name,
            },
        )*
            // Heard only if the newer query is missing.
            Lie {
                name: "nvmlDeviceGetGpuInstanceProfileInfo: longer_profile",
                tell: |symbols| {
                    symbols.nvmlDeviceGetGpuInstanceProfileInfo = longer_profile;
                    symbols.nvmlDeviceGetGpuInstanceProfileInfoV =
                        NvmlSymbols::LACKING.nvmlDeviceGetGpuInstanceProfileInfoV;
                },
            },
            Lie {
                name: "nvmlGpuInstanceGetVgpuSchedulerLog: as_long_a_log_as_numbers",
                tell: |symbols| first_log(symbols, as_long_a_log_as_numbers),
            },
            Lie {
                name: "nvmlGpuInstanceGetVgpuSchedulerLog: longer_first_log",
                tell: |symbols| first_log(symbols, longer_first_log),
            },
        ];
    };
}

lies! {
    count_far_above: nvmlDeviceGetGpuInstances,
    more_handles: nvmlDeviceGetGpuInstances,
    the_same_handle_again: nvmlDeviceGetGpuInstances,
    growing: nvmlDeviceGetGpuInstances,
    too_many_gpu_instances: nvmlDeviceGetGpuInstances,
    too_many_compute_instances: nvmlGpuInstanceGetComputeInstances,
    too_many_compute_placements: nvmlGpuInstanceGetComputeInstancePossiblePlacements,
    compute_placements_outside: nvmlGpuInstanceGetComputeInstancePossiblePlacements,
    as_many_profiles_as_numbers: nvmlDeviceGetGpuInstanceProfileInfoV,
    as_many_compute_profiles_as_numbers: nvmlGpuInstanceGetComputeInstanceProfileInfoV,
    as_many_processes_as_numbers: nvmlDeviceGetComputeRunningProcesses_v3,
    longer_placements: nvmlDeviceGetGpuInstancePossiblePlacements_v2,
    empty_placements: nvmlDeviceGetGpuInstancePossiblePlacements_v2,
    placements_outside: nvmlDeviceGetGpuInstancePossiblePlacements_v2,
    many_placements: nvmlDeviceGetGpuInstancePossiblePlacements_v2,
    impossible_gpu_instance_id: nvmlGpuInstanceGetInfo,
    impossible_gpu_instance_place: nvmlGpuInstanceGetInfo,
    unknown_profile: nvmlGpuInstanceGetInfo,
    impossible_compute_instance_id: nvmlComputeInstanceGetInfo_v2,
    impossible_id_of_mig_device: nvmlDeviceGetGpuInstanceId,
    name_without_end: nvmlDeviceGetName,
    name_past_its_end: nvmlDeviceGetName,
    uuid_without_end: nvmlDeviceGetUUID,
    empty_uuid: nvmlDeviceGetUUID,
    process_name_without_end: nvmlSystemGetProcessName,
    profile_names_without_end: nvmlDeviceGetGpuInstanceProfileInfoV,
    profiles_of_no_slices: nvmlDeviceGetGpuInstanceProfileInfoV,
    profiles_of_too_much: nvmlDeviceGetGpuInstanceProfileInfoV,
    as_many_gpus_as_numbers: nvmlDeviceGetCount_v2,
    as_many_mig_devices_as_numbers: nvmlDeviceGetMaxMigDeviceCount,
    unknown_mode: nvmlDeviceGetMigMode,
    unknown_code: nvmlDeviceGetMigMode,
    more_memory_than_numbers: nvmlDeviceGetMemoryInfo_v2,
    no_handle: nvmlDeviceGetMigDeviceHandleByIndex,
    longer_attributes: nvmlDeviceGetAttributes_v2,
    longer_gpu_instance: nvmlGpuInstanceGetInfo,
    longer_compute_instance: nvmlComputeInstanceGetInfo_v2,
    longer_memory: nvmlDeviceGetMemoryInfo_v2,
    longer_bar1_memory: nvmlDeviceGetBAR1MemoryInfo,
    longer_pci_info: nvmlDeviceGetPciInfo_v3,
    as_many_vgpu_types_as_numbers: nvmlGpuInstanceGetCreatableVgpus,
    more_vgpus_than_room: nvmlGpuInstanceGetActiveVgpus,
    ever_more_vgpus: nvmlGpuInstanceGetActiveVgpus,
    as_many_vgpu_placements_as_numbers: nvmlGpuInstanceGetVgpuTypeCreatablePlacements,
    neither_on_nor_off: nvmlGpuInstanceGetVgpuHeterogeneousMode,
    impossible_gpu_instance_of_vgpu: nvmlVgpuInstanceGetGpuInstanceId,
    a_longer_log_than_there_is_room_for: nvmlGpuInstanceGetVgpuSchedulerLog_v2,
    longer_vgpu_types: nvmlGpuInstanceGetCreatableVgpus,
    longer_vgpus: nvmlGpuInstanceGetActiveVgpus,
    longer_vgpu_placements: nvmlGpuInstanceGetVgpuTypeCreatablePlacements,
    longer_log: nvmlGpuInstanceGetVgpuSchedulerLog_v2,
    longer_scheduler_state: nvmlGpuInstanceGetVgpuSchedulerState_v2,
    an_event_of_nothing: nvmlEventSetWait_v2,
    events_of_another_kind: nvmlEventSetWait_v2,
}
