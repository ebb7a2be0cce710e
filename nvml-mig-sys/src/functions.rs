//! The names of all functions that the symbol table holds.

use crate::NvmlSymbols;

/// Names every field of the symbol table once, since Rust can't list a structure's fields.
macro_rules! functions {
    ($($name:ident),* $(,)?) => {
        /// Every NVML function that this crate declares, in the order of its nvml.h.
        pub const FUNCTIONS: &[&str] = &[$(stringify!($name)),*];

        /// Those functions that the library did not have when `symbols` was filled.
        pub(crate) fn missing_functions(symbols: &NvmlSymbols) -> Vec<&'static str> {
            let mut missing = Vec::new();
            $(if symbols.$name.is_err() {
                missing.push(stringify!($name));
            })*
            missing
        }
    };
}

functions! {
    nvmlInit_v2,
    nvmlInitWithFlags,
    nvmlShutdown,
    nvmlErrorString,
    nvmlSystemGetDriverVersion,
    nvmlSystemGetNVMLVersion,
    nvmlSystemGetCudaDriverVersion,
    nvmlSystemGetCudaDriverVersion_v2,
    nvmlSystemGetProcessName,
    nvmlDeviceGetCount_v2,
    nvmlDeviceGetHandleByIndex_v2,
    nvmlDeviceGetHandleByUUID,
    nvmlDeviceGetHandleByPciBusId_v2,
    nvmlDeviceGetName,
    nvmlDeviceGetUUID,
    nvmlDeviceGetIndex,
    nvmlDeviceGetMinorNumber,
    nvmlDeviceGetPciInfo_v3,
    nvmlDeviceGetMemoryInfo,
    nvmlDeviceGetMemoryInfo_v2,
    nvmlDeviceGetBAR1MemoryInfo,
    nvmlDeviceGetAttributes,
    nvmlDeviceGetAttributes_v2,
    nvmlDeviceGetArchitecture,
    nvmlDeviceGetBrand,
    nvmlDeviceGetCudaComputeCapability,
    nvmlDeviceGetPersistenceMode,
    nvmlDeviceGetVirtualizationMode,
    nvmlDeviceGetComputeRunningProcesses_v2,
    nvmlDeviceGetComputeRunningProcesses_v3,
    nvmlDeviceGetFieldValues,
    nvmlEventSetCreate,
    nvmlDeviceRegisterEvents,
    nvmlDeviceGetSupportedEventTypes,
    nvmlEventSetWait_v2,
    nvmlEventSetFree,
    nvmlGpmMetricsGet,
    nvmlGpmSampleFree,
    nvmlGpmSampleAlloc,
    nvmlGpmMigSampleGet,
    nvmlGpmQueryDeviceSupport,
    nvmlDeviceSetMigMode,
    nvmlDeviceGetMigMode,
    nvmlDeviceGetGpuInstanceProfileInfo,
    nvmlDeviceGetGpuInstanceProfileInfoV,
    nvmlDeviceGetGpuInstanceProfileInfoByIdV,
    nvmlDeviceGetGpuInstancePossiblePlacements,
    nvmlDeviceGetGpuInstancePossiblePlacements_v2,
    nvmlDeviceGetGpuInstanceRemainingCapacity,
    nvmlDeviceCreateGpuInstance,
    nvmlDeviceCreateGpuInstanceWithPlacement,
    nvmlGpuInstanceDestroy,
    nvmlDeviceGetGpuInstances,
    nvmlDeviceGetGpuInstanceById,
    nvmlGpuInstanceGetInfo,
    nvmlGpuInstanceGetComputeInstanceProfileInfo,
    nvmlGpuInstanceGetComputeInstanceProfileInfoV,
    nvmlGpuInstanceGetComputeInstanceRemainingCapacity,
    nvmlGpuInstanceGetComputeInstancePossiblePlacements,
    nvmlGpuInstanceCreateComputeInstance,
    nvmlGpuInstanceCreateComputeInstanceWithPlacement,
    nvmlComputeInstanceDestroy,
    nvmlGpuInstanceGetComputeInstances,
    nvmlGpuInstanceGetComputeInstanceById,
    nvmlComputeInstanceGetInfo,
    nvmlComputeInstanceGetInfo_v2,
    nvmlDeviceIsMigDeviceHandle,
    nvmlDeviceGetGpuInstanceId,
    nvmlDeviceGetComputeInstanceId,
    nvmlDeviceGetMaxMigDeviceCount,
    nvmlDeviceGetMigDeviceHandleByIndex,
    nvmlDeviceGetDeviceHandleFromMigDeviceHandle,
}
