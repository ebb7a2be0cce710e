//! The functions of the simulated library, linked into this program. Miri can't load a library, and here it checks what
//! both sides of a call do with a pointer. The machine is the default one: an A30 in memory.

use core::ffi::{CStr, c_void};

use nvml_mig_sim as _;
use nvml_mig_sys::{Library, NvmlSymbols};

macro_rules! functions {
    ($($name:ident)*) => {
        // Only their addresses are taken; the table has their types.
        unsafe extern "C" {
            $(fn $name();)*
        }

        fn address(name: &CStr) -> *const c_void {
            match name.to_bytes() {
                $(name if name == stringify!($name).as_bytes() => $name as *const c_void,)*
                _ => core::ptr::null(),
            }
        }
    };
}

functions! {
    nvmlComputeInstanceDestroy nvmlComputeInstanceGetInfo nvmlComputeInstanceGetInfo_v2
    nvmlDeviceCreateGpuInstance nvmlDeviceCreateGpuInstanceWithPlacement nvmlDeviceGetArchitecture
    nvmlDeviceGetAttributes nvmlDeviceGetAttributes_v2 nvmlDeviceGetBAR1MemoryInfo nvmlDeviceGetBrand
    nvmlDeviceGetComputeInstanceId nvmlDeviceGetComputeRunningProcesses
    nvmlDeviceGetComputeRunningProcesses_v2 nvmlDeviceGetComputeRunningProcesses_v3 nvmlDeviceGetCount_v2
    nvmlDeviceGetCudaComputeCapability nvmlDeviceGetDeviceHandleFromMigDeviceHandle nvmlDeviceGetFieldValues
    nvmlDeviceGetGpuInstanceById nvmlDeviceGetGpuInstanceId nvmlDeviceGetGpuInstancePossiblePlacements
    nvmlDeviceGetGpuInstancePossiblePlacements_v2 nvmlDeviceGetGpuInstanceProfileInfo
    nvmlDeviceGetGpuInstanceProfileInfoByIdV nvmlDeviceGetGpuInstanceProfileInfoV
    nvmlDeviceGetGpuInstanceRemainingCapacity nvmlDeviceGetGpuInstances nvmlDeviceGetGraphicsRunningProcesses
    nvmlDeviceGetGraphicsRunningProcesses_v2 nvmlDeviceGetGraphicsRunningProcesses_v3
    nvmlDeviceGetHandleByIndex_v2 nvmlDeviceGetHandleByPciBusId_v2 nvmlDeviceGetHandleByUUID
    nvmlDeviceGetIndex nvmlDeviceGetMPSComputeRunningProcesses nvmlDeviceGetMPSComputeRunningProcesses_v2
    nvmlDeviceGetMPSComputeRunningProcesses_v3 nvmlDeviceGetMaxMigDeviceCount nvmlDeviceGetMemoryInfo
    nvmlDeviceGetMemoryInfo_v2 nvmlDeviceGetMigDeviceHandleByIndex nvmlDeviceGetMigMode
    nvmlDeviceGetMinorNumber nvmlDeviceGetName nvmlDeviceGetPciInfo_v3 nvmlDeviceGetPersistenceMode
    nvmlDeviceGetSupportedEventTypes nvmlDeviceGetUUID nvmlDeviceGetVirtualizationMode
    nvmlDeviceIsMigDeviceHandle nvmlDeviceRegisterEvents nvmlDeviceSetMigMode nvmlErrorString
    nvmlEventSetCreate nvmlEventSetFree nvmlEventSetGetContextCount_v1 nvmlEventSetGetContextData_v1
    nvmlEventSetGetContextInfo_v1 nvmlEventSetGetGpuOperationalEventContextLegacyXid_v1
    nvmlEventSetRegisterGpuOperationalEvents_v1 nvmlEventSetWait_v2 nvmlEventSetWait_v3 nvmlGpmMetricsGet
    nvmlGpmMigSampleGet nvmlGpmQueryDeviceSupport nvmlGpmSampleAlloc nvmlGpmSampleFree
    nvmlGpuInstanceCreateComputeInstance nvmlGpuInstanceCreateComputeInstanceWithPlacement
    nvmlGpuInstanceDestroy nvmlGpuInstanceGetActiveVgpus nvmlGpuInstanceGetComputeInstanceById
    nvmlGpuInstanceGetComputeInstancePossiblePlacements nvmlGpuInstanceGetComputeInstanceProfileInfo
    nvmlGpuInstanceGetComputeInstanceProfileInfoV nvmlGpuInstanceGetComputeInstanceRemainingCapacity
    nvmlGpuInstanceGetComputeInstances nvmlGpuInstanceGetCreatableVgpus nvmlGpuInstanceGetInfo
    nvmlGpuInstanceGetVgpuHeterogeneousMode nvmlGpuInstanceGetVgpuSchedulerLog
    nvmlGpuInstanceGetVgpuSchedulerLog_v2 nvmlGpuInstanceGetVgpuSchedulerState
    nvmlGpuInstanceGetVgpuSchedulerState_v2 nvmlGpuInstanceGetVgpuTypeCreatablePlacements
    nvmlGpuInstanceSetVgpuHeterogeneousMode nvmlGpuInstanceSetVgpuSchedulerState
    nvmlGpuInstanceSetVgpuSchedulerState_v2 nvmlInitWithFlags nvmlInit_v2 nvmlShutdown
    nvmlSystemGetCudaDriverVersion nvmlSystemGetCudaDriverVersion_v2 nvmlSystemGetDriverVersion
    nvmlSystemGetNVMLVersion nvmlSystemGetProcessName nvmlVgpuInstanceGetGpuInstanceId
    nvmlVgpuTypeGetGpuInstanceProfileId nvmlVgpuTypeGetMaxInstancesPerGpuInstance
}

/// Returns the linked library.
#[must_use]
pub fn library() -> Library {
    // SAFETY: the functions are those of the simulated library, which have the types of nvml.h.
    let symbols = unsafe { NvmlSymbols::load_with(address) };
    // SAFETY: as above; they are there as long as the program runs.
    unsafe { Library::from_symbols(symbols, "linked") }
}
