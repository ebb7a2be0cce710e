//! What the simulated functions take. A function that is not here follows none of its pointers; if one does, it is
//! called with an address that is none, and that is seen.

use nvml_mig_sys::*;

use Field::{Count, Elements};
use Kind::{ComputeInstance, Device, EventSet, GpmSample, GpuInstance};
use Parameter::*;

/// vGPU types that need a GPU instance of the RTX PRO 6000, one that needs none, and one of an A100.
pub(crate) const VGPU_TYPES: &[u32] = &[1546, 1558, 1563, 1570, 1534, 474];
/// IDs of vGPUs.
pub(crate) const VGPUS: &[u32] = &[1, 2, 3, 4];
/// Of vGPU schedulers; the last is none.
pub(crate) const ENGINES: &[u32] = &[
    NVML_VGPU_SCHEDULER_ENGINE_TYPE_GRAPHICS,
    NVML_VGPU_SCHEDULER_ENGINE_TYPE_NVENC0,
    NVML_VGPU_SCHEDULER_ENGINE_TYPE_NVENC1,
    0,
];
const POLICIES: Field = Field::OneOf(&[
    NVML_VGPU_SCHEDULER_POLICY_BEST_EFFORT,
    NVML_VGPU_SCHEDULER_POLICY_EQUAL_SHARE,
    NVML_VGPU_SCHEDULER_POLICY_FIXED_SHARE,
]);
const ARR_MODES: Field = Field::OneOf(&[
    NVML_VGPU_SCHEDULER_ARR_DEFAULT,
    NVML_VGPU_SCHEDULER_ARR_DISABLE,
    NVML_VGPU_SCHEDULER_ARR_ENABLE,
]);
/// Averaging factors, frequencies and time slices; 0 is the default.
const FIGURES: Field = Field::OneOf(&[0, 33, 480, 2_000_000]);

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

/// A field of a structure.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Field {
    /// A number: one of these, at times another.
    OneOf(&'static [u32]),
    /// For how many numbers there is room.
    Count,
    /// A pointer to them.
    Elements,
}

/// One parameter, or two that belong together.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Parameter {
    Handle(Kind),
    /// An id, an index, a number of a profile.
    Number,
    /// One of these numbers, at times another.
    OneOf(&'static [u32]),
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
    /// A structure of so many bytes that begins with these fields.
    Structure(usize, &'static [Field]),
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

/// There is no such thing on a simulated machine.
pub(crate) const NEVER_SUCCEED: &[&str] = &[
    "nvmlGetBlacklistDeviceInfoByIndex",
    "nvmlGetExcludedDeviceInfoByIndex",
    "nvmlUnitGetHandleByIndex",
];

/// What leads to the things that the others are asked about.
pub(crate) const MAKERS: &[&str] = &[
    "nvmlDeviceCreateGpuInstance",
    "nvmlDeviceGetHandleByIndex_v2",
    "nvmlDeviceGetMigDeviceHandleByIndex",
    "nvmlDeviceGetUUID",
    "nvmlGpuInstanceCreateComputeInstance",
    "nvmlGpuInstanceSetVgpuHeterogeneousMode",
    "nvmlMigSimControl",
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
    ("nvmlGpuInstanceGetActiveVgpus", &[Handle(GpuInstance), Structure(size_of::<nvmlActiveVgpuInstanceInfo_t>(), &[Field::OneOf(&[nvmlActiveVgpuInstanceInfo_v1]), Count, Elements])]),
    ("nvmlGpuInstanceGetComputeInstanceById", &[Handle(GpuInstance), Number, Made(ComputeInstance)]),
    ("nvmlGpuInstanceGetComputeInstancePossiblePlacements", &[Handle(GpuInstance), Number, ListAndCount(size_of::<nvmlComputeInstancePlacement_t>())]),
    ("nvmlGpuInstanceGetComputeInstanceProfileInfo", &[Handle(GpuInstance), Number, EngineProfile, Out(size_of::<nvmlComputeInstanceProfileInfo_t>())]),
    ("nvmlGpuInstanceGetComputeInstanceProfileInfoV", &[Handle(GpuInstance), Number, EngineProfile, ComputeProfile]),
    ("nvmlGpuInstanceGetComputeInstanceRemainingCapacity", &[Handle(GpuInstance), Number, Out(4)]),
    ("nvmlGpuInstanceGetComputeInstances", &[Handle(GpuInstance), Number, HandlesAndCount(ComputeInstance)]),
    ("nvmlGpuInstanceGetCreatableVgpus", &[Handle(GpuInstance), Structure(size_of::<nvmlVgpuTypeIdInfo_t>(), &[Field::OneOf(&[nvmlVgpuTypeIdInfo_v1]), Count, Elements])]),
    ("nvmlGpuInstanceGetInfo", &[Handle(GpuInstance), Out(size_of::<nvmlGpuInstanceInfo_t>())]),
    ("nvmlGpuInstanceGetVgpuHeterogeneousMode", &[Handle(GpuInstance), Structure(size_of::<nvmlVgpuHeterogeneousMode_t>(), &[Field::OneOf(&[nvmlVgpuHeterogeneousMode_v1]), Field::OneOf(&[0, 1])])]),
    ("nvmlGpuInstanceGetVgpuSchedulerLog", &[Handle(GpuInstance), Structure(size_of::<nvmlVgpuSchedulerLogInfo_t>(), &[Field::OneOf(&[nvmlVgpuSchedulerLogInfo_v1]), Field::OneOf(ENGINES)])]),
    ("nvmlGpuInstanceGetVgpuSchedulerLog_v2", &[Handle(GpuInstance), Structure(size_of::<nvmlVgpuSchedulerLogInfo_v2_t>(), &[Field::OneOf(ENGINES)])]),
    ("nvmlGpuInstanceGetVgpuSchedulerState", &[Handle(GpuInstance), Structure(size_of::<nvmlVgpuSchedulerStateInfo_t>(), &[Field::OneOf(&[nvmlVgpuSchedulerStateInfo_v1]), Field::OneOf(ENGINES)])]),
    ("nvmlGpuInstanceGetVgpuSchedulerState_v2", &[Handle(GpuInstance), Structure(size_of::<nvmlVgpuSchedulerStateInfo_v2_t>(), &[Field::OneOf(ENGINES)])]),
    ("nvmlGpuInstanceGetVgpuTypeCreatablePlacements", &[Handle(GpuInstance), Structure(size_of::<nvmlVgpuCreatablePlacementInfo_t>(), &[Field::OneOf(&[nvmlVgpuCreatablePlacementInfo_v1]), Field::OneOf(VGPU_TYPES), Count, Field::OneOf(&[0]), Elements])]),
    ("nvmlGpuInstanceSetVgpuHeterogeneousMode", &[Handle(GpuInstance), Structure(size_of::<nvmlVgpuHeterogeneousMode_t>(), &[Field::OneOf(&[nvmlVgpuHeterogeneousMode_v1]), Field::OneOf(&[0, 1])])]),
    ("nvmlGpuInstanceSetVgpuSchedulerState", &[Handle(GpuInstance), Structure(size_of::<nvmlVgpuSchedulerState_t>(), &[Field::OneOf(&[nvmlVgpuSchedulerState_v1]), Field::OneOf(ENGINES), POLICIES, ARR_MODES, FIGURES, FIGURES])]),
    ("nvmlGpuInstanceSetVgpuSchedulerState_v2", &[Handle(GpuInstance), Structure(size_of::<nvmlVgpuSchedulerState_v2_t>(), &[Field::OneOf(ENGINES), POLICIES, FIGURES, FIGURES])]),
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
    ("nvmlVgpuInstanceGetGpuInstanceId", &[OneOf(VGPUS), Out(4)]),
    ("nvmlVgpuTypeGetGpuInstanceProfileId", &[OneOf(VGPU_TYPES), Out(4)]),
    ("nvmlVgpuTypeGetMaxInstancesPerGpuInstance", &[Structure(size_of::<nvmlVgpuTypeMaxInstance_t>(), &[Field::OneOf(&[nvmlVgpuTypeMaxInstance_v1]), Field::OneOf(VGPU_TYPES)])]),
];
