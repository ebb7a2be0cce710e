//! What the simulated functions take. A function that is not here follows none of its pointers; if one does, it is
//! called with an address that is none, and that is seen.

use nvml_mig_sys::*;

use Kind::{ComputeInstance, Device, EventSet, GpmSample, GpuInstance};
use Parameter::*;

/// What a handle is of.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// A GPU or a MIG device.
    Device,
    GpuInstance,
    ComputeInstance,
    EventSet,
    GpmSample,
}

impl Kind {
    pub(crate) const COUNT: usize = 5;
}

/// One parameter, or two that belong together.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Parameter {
    Handle(Kind),
    /// An id, an index, a number of a profile.
    Number,
    /// There is only engine profile 0.
    EngineProfile,
    /// Kinds of events.
    Bits,
    /// A time to wait.
    Millis,
    /// So many bytes to write.
    Out(usize),
    /// Where a handle is written.
    Made(Kind),
    /// So many bytes that begin with one of these version words.
    Versioned(usize, &'static [u32]),
    /// So many bytes that begin with a time to wait.
    MillisAndOut(usize),
    /// As [`Versioned`], where the size is that of the version.
    ComputeProfile,
    /// `nvmlGpmMetricsGet_t`.
    MetricsGet,
    /// A profile's id, and a placement.
    ProfileAndPlacement,
    /// A UUID or PCI address.
    Uuid,
    /// Of `nvmlMigSimControl`.
    Request,
    /// The id of an export table.
    Guid,
    /// A buffer for text, and its length.
    TextAndLength,
    /// A length, and so many words.
    LengthAndWords,
    /// A pointer to the count that there is room for, and the elements.
    CountAndElements(usize),
    /// A count, and the elements.
    NumberAndElements(usize),
    /// A list with room for all that there can be, and where the count goes.
    ListAndCount(usize),
    /// The same, of handles.
    HandlesAndCount(Kind),
}

/// There is no such thing on a simulated machine, or only on one that is a vGPU host.
pub(crate) const NEVER_SUCCEED: &[&str] = &[
    "nvmlGetBlacklistDeviceInfoByIndex",
    "nvmlGetExcludedDeviceInfoByIndex",
    "nvmlGpuInstanceGetActiveVgpus",
    "nvmlGpuInstanceGetCreatableVgpus",
    "nvmlGpuInstanceGetVgpuHeterogeneousMode",
    "nvmlGpuInstanceGetVgpuSchedulerLog",
    "nvmlGpuInstanceGetVgpuSchedulerLog_v2",
    "nvmlGpuInstanceGetVgpuSchedulerState",
    "nvmlGpuInstanceGetVgpuSchedulerState_v2",
    "nvmlGpuInstanceGetVgpuTypeCreatablePlacements",
    "nvmlGpuInstanceSetVgpuHeterogeneousMode",
    "nvmlGpuInstanceSetVgpuSchedulerState",
    "nvmlGpuInstanceSetVgpuSchedulerState_v2",
    "nvmlUnitGetHandleByIndex",
    "nvmlVgpuInstanceGetGpuInstanceId",
    "nvmlVgpuTypeGetGpuInstanceProfileId",
    "nvmlVgpuTypeGetMaxInstancesPerGpuInstance",
];

/// What leads to the things that the others are asked about.
pub(crate) const MAKERS: &[&str] = &[
    "nvmlDeviceCreateGpuInstance",
    "nvmlDeviceGetHandleByIndex_v2",
    "nvmlDeviceGetMigDeviceHandleByIndex",
    "nvmlDeviceGetUUID",
    "nvmlGpuInstanceCreateComputeInstance",
];

#[rustfmt::skip] // A function a line.
pub(crate) const SIGNATURES: &[(&str, &[Parameter])] = &[
    ("nvmlComputeInstanceDestroy", &[Handle(ComputeInstance)]),
    ("nvmlComputeInstanceGetInfo", &[Handle(ComputeInstance), Out(size_of::<nvmlComputeInstanceInfo_t>())]),
    ("nvmlComputeInstanceGetInfo_v2", &[Handle(ComputeInstance), Out(size_of::<nvmlComputeInstanceInfo_t>())]),
    ("nvmlDeviceCreateGpuInstance", &[Handle(Device), Number, Made(GpuInstance)]),
    ("nvmlDeviceCreateGpuInstanceWithPlacement", &[Handle(Device), ProfileAndPlacement, Made(GpuInstance)]),
    ("nvmlDeviceGetArchitecture", &[Handle(Device), Out(4)]),
    ("nvmlDeviceGetAttributes", &[Handle(Device), Out(size_of::<nvmlDeviceAttributes_t>())]),
    ("nvmlDeviceGetAttributes_v2", &[Handle(Device), Out(size_of::<nvmlDeviceAttributes_t>())]),
    ("nvmlDeviceGetBAR1MemoryInfo", &[Handle(Device), Out(size_of::<nvmlBAR1Memory_t>())]),
    ("nvmlDeviceGetBrand", &[Handle(Device), Out(4)]),
    ("nvmlDeviceGetComputeInstanceId", &[Handle(Device), Out(4)]),
    ("nvmlDeviceGetComputeMode", &[Handle(Device), Out(4)]),
    ("nvmlDeviceGetComputeRunningProcesses", &[Handle(Device), CountAndElements(16)]),
    ("nvmlDeviceGetComputeRunningProcesses_v2", &[Handle(Device), CountAndElements(size_of::<nvmlProcessInfo_t>())]),
    ("nvmlDeviceGetComputeRunningProcesses_v3", &[Handle(Device), CountAndElements(size_of::<nvmlProcessInfo_t>())]),
    ("nvmlDeviceGetCount", &[Out(4)]),
    ("nvmlDeviceGetCount_v2", &[Out(4)]),
    ("nvmlDeviceGetCpuAffinity", &[Handle(Device), LengthAndWords]),
    ("nvmlDeviceGetCudaComputeCapability", &[Handle(Device), Out(4), Out(4)]),
    ("nvmlDeviceGetDefaultEccMode", &[Handle(Device), Out(4)]),
    ("nvmlDeviceGetDeviceHandleFromMigDeviceHandle", &[Handle(Device), Made(Device)]),
    ("nvmlDeviceGetDisplayActive", &[Handle(Device), Out(4)]),
    ("nvmlDeviceGetDisplayMode", &[Handle(Device), Out(4)]),
    ("nvmlDeviceGetEccMode", &[Handle(Device), Out(4), Out(4)]),
    ("nvmlDeviceGetFieldValues", &[Handle(Device), NumberAndElements(size_of::<nvmlFieldValue_t>())]),
    ("nvmlDeviceGetGpuInstanceById", &[Handle(Device), Number, Made(GpuInstance)]),
    ("nvmlDeviceGetGpuInstanceId", &[Handle(Device), Out(4)]),
    ("nvmlDeviceGetGpuInstancePossiblePlacements", &[Handle(Device), Number, ListAndCount(size_of::<nvmlGpuInstancePlacement_t>())]),
    ("nvmlDeviceGetGpuInstancePossiblePlacements_v2", &[Handle(Device), Number, ListAndCount(size_of::<nvmlGpuInstancePlacement_t>())]),
    ("nvmlDeviceGetGpuInstanceProfileInfo", &[Handle(Device), Number, Out(size_of::<nvmlGpuInstanceProfileInfo_t>())]),
    ("nvmlDeviceGetGpuInstanceProfileInfoByIdV", &[Handle(Device), Number, Versioned(size_of::<nvmlGpuInstanceProfileInfo_v3_t>(), &[nvmlGpuInstanceProfileInfo_v2, nvmlGpuInstanceProfileInfo_v3])]),
    ("nvmlDeviceGetGpuInstanceProfileInfoV", &[Handle(Device), Number, Versioned(size_of::<nvmlGpuInstanceProfileInfo_v3_t>(), &[nvmlGpuInstanceProfileInfo_v2, nvmlGpuInstanceProfileInfo_v3])]),
    ("nvmlDeviceGetGpuInstanceRemainingCapacity", &[Handle(Device), Number, Out(4)]),
    ("nvmlDeviceGetGpuInstances", &[Handle(Device), Number, HandlesAndCount(GpuInstance)]),
    ("nvmlDeviceGetGraphicsRunningProcesses", &[Handle(Device), CountAndElements(size_of::<nvmlProcessInfo_t>())]),
    ("nvmlDeviceGetGraphicsRunningProcesses_v2", &[Handle(Device), CountAndElements(size_of::<nvmlProcessInfo_t>())]),
    ("nvmlDeviceGetGraphicsRunningProcesses_v3", &[Handle(Device), CountAndElements(size_of::<nvmlProcessInfo_t>())]),
    ("nvmlDeviceGetHandleByIndex", &[Number, Made(Device)]),
    ("nvmlDeviceGetHandleByIndex_v2", &[Number, Made(Device)]),
    ("nvmlDeviceGetHandleByPciBusId", &[Uuid, Made(Device)]),
    ("nvmlDeviceGetHandleByPciBusId_v2", &[Uuid, Made(Device)]),
    ("nvmlDeviceGetHandleByUUID", &[Uuid, Made(Device)]),
    ("nvmlDeviceGetIndex", &[Handle(Device), Out(4)]),
    ("nvmlDeviceGetMPSComputeRunningProcesses", &[Handle(Device), CountAndElements(size_of::<nvmlProcessInfo_t>())]),
    ("nvmlDeviceGetMPSComputeRunningProcesses_v2", &[Handle(Device), CountAndElements(size_of::<nvmlProcessInfo_t>())]),
    ("nvmlDeviceGetMPSComputeRunningProcesses_v3", &[Handle(Device), CountAndElements(size_of::<nvmlProcessInfo_t>())]),
    ("nvmlDeviceGetMaxMigDeviceCount", &[Handle(Device), Out(4)]),
    ("nvmlDeviceGetMemoryErrorCounter", &[Handle(Device), Number, Number, Number, Out(8)]),
    ("nvmlDeviceGetMemoryInfo", &[Handle(Device), Out(size_of::<nvmlMemory_t>())]),
    ("nvmlDeviceGetMemoryInfo_v2", &[Handle(Device), Versioned(size_of::<nvmlMemory_v2_t>(), &[nvmlMemory_v2])]),
    ("nvmlDeviceGetMigDeviceHandleByIndex", &[Handle(Device), Number, Made(Device)]),
    ("nvmlDeviceGetMigMode", &[Handle(Device), Out(4), Out(4)]),
    ("nvmlDeviceGetMinorNumber", &[Handle(Device), Out(4)]),
    ("nvmlDeviceGetName", &[Handle(Device), TextAndLength]),
    ("nvmlDeviceGetPciInfo", &[Handle(Device), Out(32)]),
    ("nvmlDeviceGetPciInfoExt", &[Handle(Device), Versioned(64, &[0x0100_0040])]),
    ("nvmlDeviceGetPciInfo_v2", &[Handle(Device), Out(52)]),
    ("nvmlDeviceGetPciInfo_v3", &[Handle(Device), Out(size_of::<nvmlPciInfo_t>())]),
    ("nvmlDeviceGetPersistenceMode", &[Handle(Device), Out(4)]),
    ("nvmlDeviceGetSupportedEventTypes", &[Handle(Device), Out(8)]),
    ("nvmlDeviceGetTopologyCommonAncestor", &[Handle(Device), Handle(Device), Out(4)]),
    ("nvmlDeviceGetTotalEccErrors", &[Handle(Device), Number, Number, Out(8)]),
    ("nvmlDeviceGetUUID", &[Handle(Device), TextAndLength]),
    ("nvmlDeviceGetUtilizationRates", &[Handle(Device), Out(8)]),
    ("nvmlDeviceGetVirtualizationMode", &[Handle(Device), Out(4)]),
    ("nvmlDeviceIsMigDeviceHandle", &[Handle(Device), Out(4)]),
    ("nvmlDeviceRegisterEvents", &[Handle(Device), Bits, Handle(EventSet)]),
    ("nvmlDeviceSetMigMode", &[Handle(Device), Number, Out(4)]),
    ("nvmlDeviceSetPersistenceMode", &[Handle(Device), Number]),
    ("nvmlErrorString", &[Number]),
    ("nvmlEventSetCreate", &[Made(EventSet)]),
    ("nvmlEventSetFree", &[Handle(EventSet)]),
    ("nvmlEventSetWait", &[Handle(EventSet), Out(24), Millis]),
    ("nvmlEventSetWait_v2", &[Handle(EventSet), Out(size_of::<nvmlEventData_t>()), Millis]),
    ("nvmlEventSetWait_v3", &[Handle(EventSet), MillisAndOut(size_of::<nvmlEventSetWait_v3_t>())]),
    ("nvmlGetBlacklistDeviceCount", &[Out(4)]),
    ("nvmlGetBlacklistDeviceInfoByIndex", &[Number, Out(8)]),
    ("nvmlGetExcludedDeviceCount", &[Out(4)]),
    ("nvmlGetExcludedDeviceInfoByIndex", &[Number, Out(8)]),
    ("nvmlGpmMetricsGet", &[MetricsGet]),
    ("nvmlGpmMigSampleGet", &[Handle(Device), Number, Handle(GpmSample)]),
    ("nvmlGpmQueryDeviceSupport", &[Handle(Device), Versioned(size_of::<nvmlGpmSupport_t>(), &[NVML_GPM_SUPPORT_VERSION])]),
    ("nvmlGpmSampleAlloc", &[Made(GpmSample)]),
    ("nvmlGpmSampleFree", &[Handle(GpmSample)]),
    ("nvmlGpmSampleGet", &[Handle(Device), Handle(GpmSample)]),
    ("nvmlGpuInstanceCreateComputeInstance", &[Handle(GpuInstance), Number, Made(ComputeInstance)]),
    ("nvmlGpuInstanceCreateComputeInstanceWithPlacement", &[Handle(GpuInstance), ProfileAndPlacement, Made(ComputeInstance)]),
    ("nvmlGpuInstanceDestroy", &[Handle(GpuInstance)]),
    ("nvmlGpuInstanceGetActiveVgpus", &[Handle(GpuInstance), Versioned(size_of::<nvmlActiveVgpuInstanceInfo_t>(), &[nvmlActiveVgpuInstanceInfo_v1])]),
    ("nvmlGpuInstanceGetComputeInstanceById", &[Handle(GpuInstance), Number, Made(ComputeInstance)]),
    ("nvmlGpuInstanceGetComputeInstancePossiblePlacements", &[Handle(GpuInstance), Number, ListAndCount(size_of::<nvmlComputeInstancePlacement_t>())]),
    ("nvmlGpuInstanceGetComputeInstanceProfileInfo", &[Handle(GpuInstance), Number, EngineProfile, Out(size_of::<nvmlComputeInstanceProfileInfo_t>())]),
    ("nvmlGpuInstanceGetComputeInstanceProfileInfoV", &[Handle(GpuInstance), Number, EngineProfile, ComputeProfile]),
    ("nvmlGpuInstanceGetComputeInstanceRemainingCapacity", &[Handle(GpuInstance), Number, Out(4)]),
    ("nvmlGpuInstanceGetComputeInstances", &[Handle(GpuInstance), Number, HandlesAndCount(ComputeInstance)]),
    ("nvmlGpuInstanceGetCreatableVgpus", &[Handle(GpuInstance), Versioned(size_of::<nvmlVgpuTypeIdInfo_t>(), &[nvmlVgpuTypeIdInfo_v1])]),
    ("nvmlGpuInstanceGetInfo", &[Handle(GpuInstance), Out(size_of::<nvmlGpuInstanceInfo_t>())]),
    ("nvmlGpuInstanceGetVgpuHeterogeneousMode", &[Handle(GpuInstance), Versioned(size_of::<nvmlVgpuHeterogeneousMode_t>(), &[nvmlVgpuHeterogeneousMode_v1])]),
    ("nvmlGpuInstanceGetVgpuSchedulerLog", &[Handle(GpuInstance), Versioned(size_of::<nvmlVgpuSchedulerLogInfo_t>(), &[nvmlVgpuSchedulerLogInfo_v1])]),
    ("nvmlGpuInstanceGetVgpuSchedulerLog_v2", &[Handle(GpuInstance), Out(size_of::<nvmlVgpuSchedulerLogInfo_v2_t>())]),
    ("nvmlGpuInstanceGetVgpuSchedulerState", &[Handle(GpuInstance), Versioned(size_of::<nvmlVgpuSchedulerStateInfo_t>(), &[nvmlVgpuSchedulerStateInfo_v1])]),
    ("nvmlGpuInstanceGetVgpuSchedulerState_v2", &[Handle(GpuInstance), Out(size_of::<nvmlVgpuSchedulerStateInfo_v2_t>())]),
    ("nvmlGpuInstanceGetVgpuTypeCreatablePlacements", &[Handle(GpuInstance), Versioned(size_of::<nvmlVgpuCreatablePlacementInfo_t>(), &[nvmlVgpuCreatablePlacementInfo_v1])]),
    ("nvmlGpuInstanceSetVgpuHeterogeneousMode", &[Handle(GpuInstance), Versioned(size_of::<nvmlVgpuHeterogeneousMode_t>(), &[nvmlVgpuHeterogeneousMode_v1])]),
    ("nvmlGpuInstanceSetVgpuSchedulerState", &[Handle(GpuInstance), Versioned(size_of::<nvmlVgpuSchedulerState_t>(), &[nvmlVgpuSchedulerState_v1])]),
    ("nvmlGpuInstanceSetVgpuSchedulerState_v2", &[Handle(GpuInstance), Out(size_of::<nvmlVgpuSchedulerState_v2_t>())]),
    ("nvmlInit", &[]),
    ("nvmlInitWithFlags", &[Number]),
    ("nvmlInit_v2", &[]),
    ("nvmlInternalGetExportTable", &[Out(8), Guid]),
    ("nvmlMigSimControl", &[Request, TextAndLength]),
    ("nvmlShutdown", &[]),
    ("nvmlSystemGetCudaDriverVersion", &[Out(4)]),
    ("nvmlSystemGetCudaDriverVersion_v2", &[Out(4)]),
    ("nvmlSystemGetDriverVersion", &[TextAndLength]),
    ("nvmlSystemGetNVMLVersion", &[TextAndLength]),
    ("nvmlSystemGetProcessName", &[Number, TextAndLength]),
    ("nvmlUnitGetCount", &[Out(4)]),
    ("nvmlUnitGetHandleByIndex", &[Number, Out(8)]),
    ("nvmlVgpuInstanceGetGpuInstanceId", &[Number, Out(4)]),
    ("nvmlVgpuTypeGetGpuInstanceProfileId", &[Number, Out(4)]),
    ("nvmlVgpuTypeGetMaxInstancesPerGpuInstance", &[Versioned(size_of::<nvmlVgpuTypeMaxInstance_t>(), &[nvmlVgpuTypeMaxInstance_v1])]),
];
