/*
 * The part of NVIDIA's NVML C interface that Multi-Instance GPU (MIG) needs.
 *
 * These declarations are our own. Names, values, parameter names and layouts are NVIDIA's ABI, as its
 * nvml.h of CUDA 13.5 has it; CI compares every item with NVIDIA's header. The comments are ours.
 * Every function returns NVML_ERROR_UNINITIALIZED before nvmlInit_v2 or after the last nvmlShutdown.
 */
#ifndef NVML_MIG_SYS_NVML_H
#define NVML_MIG_SYS_NVML_H

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Handles, return codes, buffer sizes ------------------------------------------------------ */

/** A GPU, or a MIG device (one compute instance of one GPU instance). */
typedef struct nvmlDevice_st* nvmlDevice_t;
/** A GPU instance: a part of a GPU with memory slices, compute slices and engines of its own. */
typedef struct nvmlGpuInstance_st* nvmlGpuInstance_t;
/** A compute instance: a share of the compute slices of a GPU instance. */
typedef struct nvmlComputeInstance_st* nvmlComputeInstance_t;

/** What a call came to. A driver may return numbers that this list does not have. */
typedef enum nvmlReturn_enum
{
    NVML_SUCCESS = 0,
    NVML_ERROR_UNINITIALIZED = 1,
    NVML_ERROR_INVALID_ARGUMENT = 2,
    NVML_ERROR_NOT_SUPPORTED = 3,
    NVML_ERROR_NO_PERMISSION = 4,
    NVML_ERROR_ALREADY_INITIALIZED = 5,
    NVML_ERROR_NOT_FOUND = 6,
    NVML_ERROR_INSUFFICIENT_SIZE = 7,
    NVML_ERROR_INSUFFICIENT_POWER = 8,
    NVML_ERROR_DRIVER_NOT_LOADED = 9,
    NVML_ERROR_TIMEOUT = 10,
    NVML_ERROR_IRQ_ISSUE = 11,
    NVML_ERROR_LIBRARY_NOT_FOUND = 12,
    NVML_ERROR_FUNCTION_NOT_FOUND = 13,
    NVML_ERROR_CORRUPTED_INFOROM = 14,
    NVML_ERROR_GPU_IS_LOST = 15,
    NVML_ERROR_RESET_REQUIRED = 16,
    NVML_ERROR_OPERATING_SYSTEM = 17,
    NVML_ERROR_LIB_RM_VERSION_MISMATCH = 18,
    NVML_ERROR_IN_USE = 19,
    NVML_ERROR_MEMORY = 20,
    NVML_ERROR_NO_DATA = 21,
    NVML_ERROR_VGPU_ECC_NOT_SUPPORTED = 22,
    NVML_ERROR_INSUFFICIENT_RESOURCES = 23,
    NVML_ERROR_FREQ_NOT_SUPPORTED = 24,
    NVML_ERROR_ARGUMENT_VERSION_MISMATCH = 25,
    NVML_ERROR_DEPRECATED = 26,
    NVML_ERROR_NOT_READY = 27,
    NVML_ERROR_GPU_NOT_FOUND = 28,
    NVML_ERROR_INVALID_STATE = 29,
    NVML_ERROR_RESET_TYPE_NOT_SUPPORTED = 30,
    NVML_ERROR_UNKNOWN = 999
} nvmlReturn_t;

/** Off or on. */
typedef enum nvmlEnableState_enum
{
    NVML_FEATURE_DISABLED = 0,
    NVML_FEATURE_ENABLED = 1
} nvmlEnableState_t;

#define NVML_DEVICE_PCI_BUS_ID_BUFFER_SIZE 32
#define NVML_DEVICE_PCI_BUS_ID_BUFFER_V2_SIZE 16
#define NVML_DEVICE_UUID_BUFFER_SIZE 80
#define NVML_DEVICE_UUID_V2_BUFFER_SIZE 96
#define NVML_DEVICE_NAME_BUFFER_SIZE 64
#define NVML_DEVICE_NAME_V2_BUFFER_SIZE 96
#define NVML_SYSTEM_DRIVER_VERSION_BUFFER_SIZE 80
#define NVML_SYSTEM_NVML_VERSION_BUFFER_SIZE 80

/* ---- Library ---------------------------------------------------------------------------------- */

#define NVML_INIT_FLAG_NO_GPUS (1 << 0)
#define NVML_INIT_FLAG_NO_ATTACH (1 << 1)
#define NVML_INIT_FLAG_FORCE_INIT (1 << 2)

/** Starts NVML, or counts one more user of it. DRIVER_NOT_LOADED without the kernel driver. */
nvmlReturn_t nvmlInit_v2(void);
/** nvmlInit_v2 with NVML_INIT_FLAG_* bits. */
nvmlReturn_t nvmlInitWithFlags(unsigned int flags);
/** Gives back one nvmlInit; the last one ends NVML. MIG instances stay. */
nvmlReturn_t nvmlShutdown(void);
/** The English text of a code: a static string, for an unknown code too. Works before nvmlInit_v2. */
const char* nvmlErrorString(nvmlReturn_t result);

/** Version of the kernel driver, such as "550.163.01". INSUFFICIENT_SIZE when `length` is too small. */
nvmlReturn_t nvmlSystemGetDriverVersion(char* version, unsigned int length);
/** Version of this library, such as "12.550.163.01". INSUFFICIENT_SIZE when `length` is too small. */
nvmlReturn_t nvmlSystemGetNVMLVersion(char* version, unsigned int length);
/** Highest CUDA version of the driver: 1000 * major + 10 * minor. */
nvmlReturn_t nvmlSystemGetCudaDriverVersion(int* cudaDriverVersion);
/** As above, but asks the installed libcuda; LIBRARY_NOT_FOUND without one. */
nvmlReturn_t nvmlSystemGetCudaDriverVersion_v2(int* cudaDriverVersion);
/** Path of the program that a process runs, cut off at `length`. NOT_FOUND if there is no such process. */
nvmlReturn_t nvmlSystemGetProcessName(unsigned int pid, char* name, unsigned int length);

/* ---- Devices ---------------------------------------------------------------------------------- */

/** Number of GPUs. MIG devices are not among them. */
nvmlReturn_t nvmlDeviceGetCount_v2(unsigned int* deviceCount);
/** The GPU with this index. INVALID_ARGUMENT from the count on. */
nvmlReturn_t nvmlDeviceGetHandleByIndex_v2(unsigned int index, nvmlDevice_t* device);
/** The GPU ("GPU-...") or MIG device ("MIG-...", both formats) with this UUID. NOT_FOUND if there is none. */
nvmlReturn_t nvmlDeviceGetHandleByUUID(const char* uuid, nvmlDevice_t* device);
/** The GPU at this PCI address, its domain in 4 or 8 digits. NOT_FOUND if there is none. */
nvmlReturn_t nvmlDeviceGetHandleByPciBusId_v2(const char* pciBusId, nvmlDevice_t* device);

/** Product name; on a MIG device followed by " MIG " and its profile. */
nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t device, char* name, unsigned int length);
/** UUID, "GPU-..." or "MIG-...". */
nvmlReturn_t nvmlDeviceGetUUID(nvmlDevice_t device, char* uuid, unsigned int length);
/** Index of a GPU on this machine; of a MIG device within its GPU. */
nvmlReturn_t nvmlDeviceGetIndex(nvmlDevice_t device, unsigned int* index);
/** N of /dev/nvidiaN. A change of MIG mode may change it. */
nvmlReturn_t nvmlDeviceGetMinorNumber(nvmlDevice_t device, unsigned int* minorNumber);

/** PCI address of a GPU. */
typedef struct nvmlPciInfo_st
{
    /** "domain:bus:device.0", the domain in 4 digits. */
    char busIdLegacy[NVML_DEVICE_PCI_BUS_ID_BUFFER_V2_SIZE];
    unsigned int domain;
    unsigned int bus;
    unsigned int device;
    /** Device id in the upper, vendor id in the lower 16 bits. */
    unsigned int pciDeviceId;
    unsigned int pciSubSystemId;
    /** "domain:bus:device.0", the domain in 8 digits. */
    char busId[NVML_DEVICE_PCI_BUS_ID_BUFFER_SIZE];
} nvmlPciInfo_t;

/** PCI address and ids of a GPU. */
nvmlReturn_t nvmlDeviceGetPciInfo_v3(nvmlDevice_t device, nvmlPciInfo_t* pci);

/** Memory of a GPU or MIG device, in bytes. What the driver reserves counts as used. */
typedef struct nvmlMemory_st
{
    unsigned long long total;
    unsigned long long free;
    unsigned long long used;
} nvmlMemory_t;

/** Memory of a GPU or MIG device, in bytes, with the reserved part told apart. */
typedef struct nvmlMemory_v2_st
{
    /** sizeof(nvmlMemory_v2_t) | 2 << 24, set by the caller. */
    unsigned int version;
    unsigned long long total;
    unsigned long long reserved;
    unsigned long long free;
    unsigned long long used;
} nvmlMemory_v2_t;

/** Address window on the PCI bus through which the processor reaches the GPU's memory, in bytes. */
typedef struct nvmlBAR1Memory_st
{
    unsigned long long bar1Total;
    unsigned long long bar1Free;
    unsigned long long bar1Used;
} nvmlBAR1Memory_t;

/** Memory of a GPU or MIG device. */
nvmlReturn_t nvmlDeviceGetMemoryInfo(nvmlDevice_t device, nvmlMemory_t* memory);
/** Memory of a GPU or MIG device, with the reserved part. ARGUMENT_VERSION_MISMATCH for a wrong version word. */
nvmlReturn_t nvmlDeviceGetMemoryInfo_v2(nvmlDevice_t device, nvmlMemory_v2_t* memory);
/** BAR1 window of a GPU or MIG device. */
nvmlReturn_t nvmlDeviceGetBAR1MemoryInfo(nvmlDevice_t device, nvmlBAR1Memory_t* bar1Memory);

/** What a MIG device has: SMs of its compute instance, memory and engines of its GPU instance. */
typedef struct nvmlDeviceAttributes_st
{
    unsigned int multiprocessorCount;
    unsigned int sharedCopyEngineCount;
    unsigned int sharedDecoderCount;
    unsigned int sharedEncoderCount;
    unsigned int sharedJpegCount;
    unsigned int sharedOfaCount;
    unsigned int gpuInstanceSliceCount;
    unsigned int computeInstanceSliceCount;
    /** In MiB. */
    unsigned long long memorySizeMB;
} nvmlDeviceAttributes_t;

/** Legacy name of nvmlDeviceGetAttributes_v2. */
nvmlReturn_t nvmlDeviceGetAttributes(nvmlDevice_t device, nvmlDeviceAttributes_t* attributes);
/** What a MIG device has. NOT_SUPPORTED on a whole GPU. */
nvmlReturn_t nvmlDeviceGetAttributes_v2(nvmlDevice_t device, nvmlDeviceAttributes_t* attributes);

#define NVML_DEVICE_ARCH_KEPLER 2
#define NVML_DEVICE_ARCH_MAXWELL 3
#define NVML_DEVICE_ARCH_PASCAL 4
#define NVML_DEVICE_ARCH_VOLTA 5
#define NVML_DEVICE_ARCH_TURING 6
#define NVML_DEVICE_ARCH_AMPERE 7
#define NVML_DEVICE_ARCH_ADA 8
#define NVML_DEVICE_ARCH_HOPPER 9
#define NVML_DEVICE_ARCH_BLACKWELL 10
#define NVML_DEVICE_ARCH_DLA 11
#define NVML_DEVICE_ARCH_DLA2 12
#define NVML_DEVICE_ARCH_RUBIN 13
#define NVML_DEVICE_ARCH_NPU3 15
#define NVML_DEVICE_ARCH_UNKNOWN 0xffffffff

/** One of NVML_DEVICE_ARCH_*. */
typedef unsigned int nvmlDeviceArchitecture_t;

/** Product line of a GPU. */
typedef enum nvmlBrandType_enum
{
    NVML_BRAND_UNKNOWN = 0,
    NVML_BRAND_QUADRO = 1,
    NVML_BRAND_TESLA = 2,
    NVML_BRAND_NVS = 3,
    NVML_BRAND_GRID = 4,
    NVML_BRAND_GEFORCE = 5,
    NVML_BRAND_TITAN = 6,
    NVML_BRAND_NVIDIA_VAPPS = 7,
    NVML_BRAND_NVIDIA_VPC = 8,
    NVML_BRAND_NVIDIA_VCS = 9,
    NVML_BRAND_NVIDIA_VWS = 10,
    NVML_BRAND_NVIDIA_CLOUD_GAMING = 11,
    NVML_BRAND_NVIDIA_VGAMING = NVML_BRAND_NVIDIA_CLOUD_GAMING,
    NVML_BRAND_QUADRO_RTX = 12,
    NVML_BRAND_NVIDIA_RTX = 13,
    NVML_BRAND_NVIDIA = 14,
    NVML_BRAND_GEFORCE_RTX = 15,
    NVML_BRAND_TITAN_RTX = 16,
    NVML_BRAND_NVIDIA_DLA = 17,
    NVML_BRAND_NVIDIA_NPU = 19,
    NVML_BRAND_NVIDIA_VGAMEDEV = 18,
    NVML_BRAND_COUNT = 20
} nvmlBrandType_t;

/** How a GPU is virtualized. In a VGPU guest, MIG instances can't be made. */
typedef enum nvmlGpuVirtualizationMode
{
    NVML_GPU_VIRTUALIZATION_MODE_NONE = 0,
    NVML_GPU_VIRTUALIZATION_MODE_PASSTHROUGH = 1,
    NVML_GPU_VIRTUALIZATION_MODE_VGPU = 2,
    NVML_GPU_VIRTUALIZATION_MODE_HOST_VGPU = 3,
    NVML_GPU_VIRTUALIZATION_MODE_HOST_VSGA = 4
} nvmlGpuVirtualizationMode_t;

/** Chip generation. */
nvmlReturn_t nvmlDeviceGetArchitecture(nvmlDevice_t device, nvmlDeviceArchitecture_t* arch);
/** Product line. */
nvmlReturn_t nvmlDeviceGetBrand(nvmlDevice_t device, nvmlBrandType_t* type);
/** CUDA compute capability, such as 8 and 0. */
nvmlReturn_t nvmlDeviceGetCudaComputeCapability(nvmlDevice_t device, int* major, int* minor);
/** Whether the driver stays loaded while no client runs. */
nvmlReturn_t nvmlDeviceGetPersistenceMode(nvmlDevice_t device, nvmlEnableState_t* mode);
/** How the GPU is virtualized. */
nvmlReturn_t nvmlDeviceGetVirtualizationMode(nvmlDevice_t device, nvmlGpuVirtualizationMode_t* pVirtualMode);

/** A process on a GPU, as the functions without a version write it. */
typedef struct nvmlProcessInfo_v1_st
{
    unsigned int pid;
    /** In bytes; all ones when the driver can't tell. */
    unsigned long long usedGpuMemory;
} nvmlProcessInfo_v1_t;

/** A process on a GPU. */
typedef struct nvmlProcessInfo_v2_st
{
    unsigned int pid;
    /** In bytes; all ones when the driver can't tell. */
    unsigned long long usedGpuMemory;
    /** All ones when it runs on no GPU instance. */
    unsigned int gpuInstanceId;
    /** All ones when it runs on no compute instance. */
    unsigned int computeInstanceId;
} nvmlProcessInfo_v2_t, nvmlProcessInfo_t;

/** Processes that compute on a GPU or MIG device. `infoCount` holds the room; INSUFFICIENT_SIZE writes what is needed. */
nvmlReturn_t nvmlDeviceGetComputeRunningProcesses(nvmlDevice_t device, unsigned int* infoCount, nvmlProcessInfo_v1_t* infos);
/** The same with the ids of instances. */
nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v2(nvmlDevice_t device, unsigned int* infoCount, nvmlProcessInfo_v2_t* infos);
/** As v2; the structure is the same. */
nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v3(nvmlDevice_t device, unsigned int* infoCount, nvmlProcessInfo_t* infos);
/** Processes that draw. */
nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses(nvmlDevice_t device, unsigned int* infoCount, nvmlProcessInfo_v1_t* infos);
/** The same with the ids of instances. */
nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses_v2(nvmlDevice_t device, unsigned int* infoCount, nvmlProcessInfo_v2_t* infos);
/** As v2; the structure is the same. */
nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses_v3(nvmlDevice_t device, unsigned int* infoCount, nvmlProcessInfo_t* infos);
/** Processes that compute through the Multi-Process Service (MPS). */
nvmlReturn_t nvmlDeviceGetMPSComputeRunningProcesses(nvmlDevice_t device, unsigned int* infoCount, nvmlProcessInfo_v1_t* infos);
/** The same with the ids of instances. */
nvmlReturn_t nvmlDeviceGetMPSComputeRunningProcesses_v2(nvmlDevice_t device, unsigned int* infoCount, nvmlProcessInfo_v2_t* infos);
/** As v2; the structure is the same. */
nvmlReturn_t nvmlDeviceGetMPSComputeRunningProcesses_v3(nvmlDevice_t device, unsigned int* infoCount, nvmlProcessInfo_t* infos);

/* ---- Field values ----------------------------------------------------------------------------- */

/** Which member of nvmlValue_t holds a field's value. */
typedef enum nvmlValueType_enum
{
    NVML_VALUE_TYPE_DOUBLE = 0,
    NVML_VALUE_TYPE_UNSIGNED_INT = 1,
    NVML_VALUE_TYPE_UNSIGNED_LONG = 2,
    NVML_VALUE_TYPE_UNSIGNED_LONG_LONG = 3,
    NVML_VALUE_TYPE_SIGNED_LONG_LONG = 4,
    NVML_VALUE_TYPE_SIGNED_INT = 5,
    NVML_VALUE_TYPE_UNSIGNED_SHORT = 6,
    NVML_VALUE_TYPE_COUNT
} nvmlValueType_t;

/** A field's value; nvmlValueType_t says which member is the one. */
typedef union nvmlValue_st
{
    double dVal;
    int siVal;
    unsigned int uiVal;
    unsigned long ulVal;
    unsigned long long ullVal;
    signed long long sllVal;
    unsigned short usVal;
} nvmlValue_t;

/** One field that is asked for, and its answer. */
typedef struct nvmlFieldValue_st
{
    /** NVML_FI_*, set by the caller. */
    unsigned int fieldId;
    unsigned int scopeId;
    /** Microseconds since 1970. */
    long long timestamp;
    long long latencyUsec;
    nvmlValueType_t valueType;
    /** The answer for this field alone; `value` means something only on NVML_SUCCESS. */
    nvmlReturn_t nvmlReturn;
    nvmlValue_t value;
} nvmlFieldValue_t;

/** 1 when a change of MIG mode needs no GPU reset (Hopper and newer). */
#define NVML_FI_DEV_IS_RESETLESS_MIG_SUPPORTED 184
/** 1 when the driver lists MIG profiles while MIG mode is off. */
#define NVML_FI_DEV_IS_MIG_MODE_INDEPENDENT_MIG_QUERY_CAPABLE 199

/** Answers each of the `valuesCount` fields in place, each with a code of its own. */
nvmlReturn_t nvmlDeviceGetFieldValues(nvmlDevice_t device, int valuesCount, nvmlFieldValue_t* values);

/* ---- Events ----------------------------------------------------------------------------------- */

/** A set of (device, event type) pairs that can be waited for. */
typedef struct nvmlEventSet_st* nvmlEventSet_t;

#define nvmlEventTypeNone 0x0000000000000000LL
#define nvmlEventTypeSingleBitEccError 0x0000000000000001LL
#define nvmlEventTypeDoubleBitEccError 0x0000000000000002LL
#define nvmlEventTypePState 0x0000000000000004LL
#define nvmlEventTypeXidCriticalError 0x0000000000000008LL
#define nvmlEventTypeClock 0x0000000000000010LL
#define nvmlEventTypePowerSourceChange 0x0000000000000080LL
/** GPU or compute instances were made or destroyed. */
#define nvmlEventMigConfigChange 0x0000000000000100LL
#define nvmlEventTypeSingleBitEccErrorStorm 0x0000000000000200LL
#define nvmlEventTypeDramRetirementEvent 0x0000000000000400LL
#define nvmlEventTypeDramRetirementFailure 0x0000000000000800LL
#define nvmlEventTypeNonFatalPoisonError 0x0000000000001000LL
#define nvmlEventTypeFatalPoisonError 0x0000000000002000LL
#define nvmlEventTypeGpuUnavailableError 0x0000000000004000LL
#define nvmlEventTypeGpuRecoveryAction 0x0000000000008000LL

/** One event. */
typedef struct nvmlEventData_st
{
    nvmlDevice_t device;
    /** The one nvmlEvent* bit. */
    unsigned long long eventType;
    unsigned long long eventData;
    /** All ones when the event concerns no GPU instance. */
    unsigned int gpuInstanceId;
    /** All ones when the event concerns no compute instance. */
    unsigned int computeInstanceId;
} nvmlEventData_t;

/** An empty event set. */
nvmlReturn_t nvmlEventSetCreate(nvmlEventSet_t* set);
/** Adds the events of a GPU to a set. With MIG, register on the parent GPU. */
nvmlReturn_t nvmlDeviceRegisterEvents(nvmlDevice_t device, unsigned long long eventTypes, nvmlEventSet_t set);
/** Bits of the events that this GPU can send. */
nvmlReturn_t nvmlDeviceGetSupportedEventTypes(nvmlDevice_t device, unsigned long long* eventTypes);
/** The next event, or TIMEOUT after `timeoutms` milliseconds. */
nvmlReturn_t nvmlEventSetWait_v2(nvmlEventSet_t set, nvmlEventData_t* data, unsigned int timeoutms);
/** Frees a set and all its registrations. */
nvmlReturn_t nvmlEventSetFree(nvmlEventSet_t set);

/* Operational events: structured events of a GPU. nvmlEventSetWait_v3 waits for both kinds. Zero a structure before use. */

/** Log level of an event, or the lowest level that a subscription includes. */
typedef enum
{
    /** No threshold. */
    NVML_GPU_OPERATIONAL_EVENT_LOG_LEVEL_ALL = 0,
    NVML_GPU_OPERATIONAL_EVENT_LOG_LEVEL_TELEMETRY = 10,
    NVML_GPU_OPERATIONAL_EVENT_LOG_LEVEL_DIAG = 20,
    NVML_GPU_OPERATIONAL_EVENT_LOG_LEVEL_NOTICE = 30,
    NVML_GPU_OPERATIONAL_EVENT_LOG_LEVEL_WARNING = 40,
    NVML_GPU_OPERATIONAL_EVENT_LOG_LEVEL_ERROR = 50
} nvmlGpuOperationalEventLogLevel_t;

/** Severity of an event, or the lowest severity that a subscription includes. */
typedef enum
{
    /** No threshold. */
    NVML_OPERATIONAL_EVENT_SEVERITY_ALL = 0,
    NVML_OPERATIONAL_EVENT_SEVERITY_INFORMATIONAL = 10,
    NVML_OPERATIONAL_EVENT_SEVERITY_CORRECTED = 20,
    NVML_OPERATIONAL_EVENT_SEVERITY_RECOVERABLE = 30,
    NVML_OPERATIONAL_EVENT_SEVERITY_FATAL = 40
} nvmlOperationalEventSeverity_t;

/** Kind of an event that nvmlEventSetWait_v3 returned. */
typedef enum
{
    /** One nvmlEvent* bit, as from nvmlEventSetWait_v2. */
    NVML_EVENT_DATA_TYPE_NVML_EVENT = 0,
    NVML_EVENT_DATA_TYPE_GPU_OPERATIONAL_EVENT = 1
} nvmlEventDataType_t;

/** Context types that NVML can decode. */
typedef enum
{
    NVML_GPU_OPERATIONAL_EVENT_CONTEXT_TYPE_UNKNOWN = 0,
    /** For nvmlEventSetGetGpuOperationalEventContextLegacyXid_v1. */
    NVML_GPU_OPERATIONAL_EVENT_CONTEXT_TYPE_LEGACY_XID = 1
} nvmlGpuOperationalEventContextType_t;

/** The event concerns no GPU instance. */
#define NVML_GPU_INSTANCE_ID_ANY 0xFFFFFFFFU
/** The event concerns no compute instance. */
#define NVML_COMPUTE_INSTANCE_ID_ANY 0xFFFFFFFFU

/* Bits of `attributes`. */
#define NVML_OPERATIONAL_EVENT_ATTR_UNCONTAINED (1u << 0)
#define NVML_OPERATIONAL_EVENT_ATTR_LATENT (1u << 1)
/** Caused by an event elsewhere. */
#define NVML_OPERATIONAL_EVENT_ATTR_PROPAGATED (1u << 2)
#define NVML_OPERATIONAL_EVENT_ATTR_COMPONENT_RESET (1u << 3)
#define NVML_OPERATIONAL_EVENT_ATTR_THRESHOLD_EXCEEDED (1u << 4)
/** The main event of its group. */
#define NVML_OPERATIONAL_EVENT_ATTR_PRIMARY (1u << 5)
/** Earlier events were lost. */
#define NVML_OPERATIONAL_EVENT_ATTR_OVERFLOW (1u << 6)

/* Bits of `groupAttributes`. */
#define NVML_OPERATIONAL_EVENT_GROUP_ATTR_RECOVERED (1u << 0)
/** Reports an earlier error. */
#define NVML_OPERATIONAL_EVENT_GROUP_ATTR_PREVERR (1u << 1)
/** Injected by a test. */
#define NVML_OPERATIONAL_EVENT_GROUP_ATTR_SIMULATED (1u << 2)

/** A subscription to the operational events of one GPU. */
typedef struct nvmlGpuOperationalEventConfig_v1_st
{
    /** "GPU-...", ended by a NUL. */
    char uuid[NVML_DEVICE_UUID_V2_BUFFER_SIZE];
    /** A nvmlGpuOperationalEventLogLevel_t. */
    unsigned int minLogLevel;
    /** A nvmlOperationalEventSeverity_t. */
    unsigned int minSeverity;
} nvmlGpuOperationalEventConfig_v1_t;

/** Timeout of a wait, and the event that it returned. Newer drivers may return numbers that the enums lack. */
typedef struct
{
    /** Set by the caller. */
    unsigned int timeoutMs;
    /** A nvmlEventDataType_t. */
    unsigned int dataType;
    /** UUID of the GPU; empty if unknown. */
    char uuid[NVML_DEVICE_UUID_V2_BUFFER_SIZE];
    /** Source of an operational event; may lack the NUL. Members that a kind of event lacks are 0 or empty. */
    char sourceModule[16];
    /** The one nvmlEvent* bit; 0 for an operational event. */
    unsigned long long eventType;
    unsigned long long eventData;
    /** Identifies the group of an operational event. */
    unsigned long long groupCursor;
    /** Sequence number of an operational event. */
    unsigned long long instanceId;
    /** In microseconds; 0 if unknown. */
    unsigned long long timestampUsec;
    unsigned long long traceId;
    /** NVML_GPU_INSTANCE_ID_ANY if the event concerns no GPU instance. */
    unsigned int gpuInstanceId;
    /** NVML_COMPUTE_INSTANCE_ID_ANY if the event concerns no compute instance. */
    unsigned int computeInstanceId;
    /** A nvmlOperationalEventSeverity_t. */
    unsigned int severity;
    unsigned int categoryId;
    /** Defined by `sourceModule`. */
    unsigned int moduleEventCode;
    unsigned int scope;
    unsigned int originator;
    unsigned int moduleInstance;
    unsigned int chipletId;
    /** A nvmlGpuOperationalEventLogLevel_t. */
    unsigned int logLevel;
    /** NVML_OPERATIONAL_EVENT_ATTR_* bits. */
    unsigned int attributes;
    /** Size of the group's platform error record (CPER), in bytes; 0 if there is none. */
    unsigned int groupCperSize;
    /** NVML_OPERATIONAL_EVENT_GROUP_ATTR_* bits. */
    unsigned int groupAttributes;
    /** Number of events in the group. */
    unsigned char groupSize;
    /** Index in the group, from 0. */
    unsigned char groupIndex;
} nvmlEventSetWait_v3_t;

/** Number of context records of the last event. */
typedef struct
{
    unsigned int count;
} nvmlEventSetGetContextCount_v1_t;

/** Description of a context record. */
typedef struct
{
    /** From 0, set by the caller. */
    unsigned int index;
    /** A nvmlGpuOperationalEventContextType_t. */
    unsigned int nvmlGpuOperationalEventContextType;
    /** Type number of the event's source. */
    unsigned int sourceEventContextType;
    /** In bytes. */
    unsigned int dataSize;
    unsigned short dataFormatVersion;
} nvmlEventSetGetContextInfo_v1_t;

/** Bytes of a context record. */
typedef struct
{
    /** A buffer of `dataSize` bytes, or NULL to query the size. */
    void* data;
    /** From 0, set by the caller. */
    unsigned int index;
    /** In: size of the buffer. Out: bytes written, or needed. */
    unsigned int dataSize;
} nvmlEventSetGetContextData_v1_t;

/** Xid error in a context record. */
typedef struct
{
    /** From 0, set by the caller. */
    unsigned int index;
    unsigned int xidCode;
} nvmlEventSetGetGpuOperationalEventContextLegacyXid_v1_t;

/** Adds the operational events of a GPU to a set, in addition to those of nvmlDeviceRegisterEvents. */
nvmlReturn_t nvmlEventSetRegisterGpuOperationalEvents_v1(nvmlEventSet_t eventSet, const nvmlGpuOperationalEventConfig_v1_t* config);
/** The next event of either kind, or TIMEOUT. */
nvmlReturn_t nvmlEventSetWait_v3(nvmlEventSet_t set, nvmlEventSetWait_v3_t* params);
/** Number of context records of the event that nvmlEventSetWait_v3 returned last. NOT_FOUND before the first event. */
nvmlReturn_t nvmlEventSetGetContextCount_v1(nvmlEventSet_t set, nvmlEventSetGetContextCount_v1_t* params);
/** Description of a context record. */
nvmlReturn_t nvmlEventSetGetContextInfo_v1(nvmlEventSet_t set, nvmlEventSetGetContextInfo_v1_t* params);
/** Bytes of a context record. INSUFFICIENT_SIZE writes the size that is needed. */
nvmlReturn_t nvmlEventSetGetContextData_v1(nvmlEventSet_t set, nvmlEventSetGetContextData_v1_t* params);
/** Xid error of a context record of the type LEGACY_XID. */
nvmlReturn_t nvmlEventSetGetGpuOperationalEventContextLegacyXid_v1(nvmlEventSet_t set, nvmlEventSetGetGpuOperationalEventContextLegacyXid_v1_t* params);

/* ---- GPU performance monitoring (GPM), Hopper and newer --------------------------------------- */

#include "nvml_gpm_metrics.h"

/** A reading of the counters; metrics come from two of them. */
typedef struct nvmlGpmSample_st* nvmlGpmSample_t;

/** One metric that is asked for, and its answer. */
typedef struct
{
    /** A nvmlGpmMetricId_t, set by the caller. */
    unsigned int metricId;
    /** The answer for this metric alone. */
    nvmlReturn_t nvmlReturn;
    double value;
    struct
    {
        char* shortName;
        char* longName;
        char* unit;
    } metricInfo;
} nvmlGpmMetric_t;

/** Metrics between two samples. Only the first `numMetrics` entries are read or written. */
typedef struct
{
    /** NVML_GPM_METRICS_GET_VERSION, set by the caller. */
    unsigned int version;
    unsigned int numMetrics;
    nvmlGpmSample_t sample1;
    nvmlGpmSample_t sample2;
    nvmlGpmMetric_t metrics[NVML_GPM_METRIC_MAX];
} nvmlGpmMetricsGet_t;

#define NVML_GPM_METRICS_GET_VERSION 1

/** Whether a GPU has GPM. */
typedef struct
{
    /** NVML_GPM_SUPPORT_VERSION, set by the caller. */
    unsigned int version;
    unsigned int isSupportedDevice;
} nvmlGpmSupport_t;

#define NVML_GPM_SUPPORT_VERSION 1

/** Metrics between two samples. */
nvmlReturn_t nvmlGpmMetricsGet(nvmlGpmMetricsGet_t* metricsGet);
/** Frees a sample. */
nvmlReturn_t nvmlGpmSampleFree(nvmlGpmSample_t gpmSample);
/** Room for a sample. */
nvmlReturn_t nvmlGpmSampleAlloc(nvmlGpmSample_t* gpmSample);
/** Reads the counters of one GPU instance into a sample. */
nvmlReturn_t nvmlGpmMigSampleGet(nvmlDevice_t device, unsigned int gpuInstanceId, nvmlGpmSample_t gpmSample);
/** Whether a GPU has GPM. */
nvmlReturn_t nvmlGpmQueryDeviceSupport(nvmlDevice_t device, nvmlGpmSupport_t* gpmSupport);

/* ---- Virtual GPUs (vGPU) on GPU instances ----------------------------------------------------- */

/* Only for hosts of virtual machines; NOT_SUPPORTED elsewhere. An unknown `version` is refused with
 * ARGUMENT_VERSION_MISMATCH. */

/** A vGPU type. */
typedef unsigned int nvmlVgpuTypeId_t;
/** A vGPU of a running virtual machine. */
typedef unsigned int nvmlVgpuInstance_t;

#define INVALID_GPU_INSTANCE_PROFILE_ID 0xFFFFFFFF
#define INVALID_GPU_INSTANCE_ID 0xFFFFFFFF

/** Whether vGPUs with different amounts of memory may run side by side. */
typedef struct
{
    /** nvmlVgpuHeterogeneousMode_v1, set by the caller. */
    unsigned int version;
    /** A nvmlEnableState_t. */
    unsigned int mode;
} nvmlVgpuHeterogeneousMode_v1_t;
typedef nvmlVgpuHeterogeneousMode_v1_t nvmlVgpuHeterogeneousMode_t;

#define NVML_VGPU_SCHEDULER_POLICY_UNKNOWN 0
#define NVML_VGPU_SCHEDULER_POLICY_BEST_EFFORT 1
#define NVML_VGPU_SCHEDULER_POLICY_EQUAL_SHARE 2
#define NVML_VGPU_SCHEDULER_POLICY_FIXED_SHARE 3

/** Maximum number of entries in a scheduler log. */
#define NVML_SCHEDULER_SW_MAX_LOG_ENTRIES 200

/* Adaptive Round Robin (ARR), a mode of the scheduler. */
#define NVML_VGPU_SCHEDULER_ARR_DEFAULT 0
#define NVML_VGPU_SCHEDULER_ARR_DISABLE 1
#define NVML_VGPU_SCHEDULER_ARR_ENABLE 2

/* Engines with a scheduler. A GPU instance may lack some. */
#define NVML_VGPU_SCHEDULER_ENGINE_TYPE_GRAPHICS 1
#define NVML_VGPU_SCHEDULER_ENGINE_TYPE_NVENC1 2
#define NVML_VGPU_SCHEDULER_ENGINE_TYPE_NVENC0 3

/** Parameters of a scheduler: the first member with ARR, the second without. */
typedef union
{
    struct
    {
        /** 0 when nothing is scheduled. */
        unsigned int avgFactor;
        /** In nanoseconds; 0 when nothing is scheduled. */
        unsigned int timeslice;
    } vgpuSchedDataWithARR;
    struct
    {
        /** In nanoseconds; 0 when nothing is scheduled. */
        unsigned int timeslice;
    } vgpuSchedData;
} nvmlVgpuSchedulerParams_t;

/** Requested parameters of a scheduler: the first member with ARR, the second without. 0 is the default. */
typedef union
{
    struct
    {
        unsigned int avgFactor;
        unsigned int frequency;
    } vgpuSchedDataWithARR;
    struct
    {
        /** In nanoseconds. */
        unsigned int timeslice;
    } vgpuSchedData;
} nvmlVgpuSchedulerSetParams_t;

/** One run of a vGPU's run list, with times in nanoseconds. */
typedef struct nvmlVgpuSchedulerLogEntries_st
{
    /** Time of the preemption that ended the run. */
    unsigned long long timestamp;
    /** Total run time of the run list. */
    unsigned long long timeRunTotal;
    /** Duration of this run. */
    unsigned long long timeRun;
    /** ID of the run list. */
    unsigned int swRunlistId;
    /** Intended duration. */
    unsigned long long targetTimeSlice;
    /** Total preemption time of the run list. */
    unsigned long long cumulativePreemptionTime;
} nvmlVgpuSchedulerLogEntry_t;

/** nvmlVgpuSchedulerLogEntry_t with a weight. */
typedef struct
{
    unsigned long long timestamp;
    unsigned long long timeRunTotal;
    unsigned long long timeRun;
    unsigned int swRunlistId;
    unsigned long long targetTimeSlice;
    unsigned long long cumulativePreemptionTime;
    /** Current weight of the run list. */
    unsigned int weight;
} nvmlVgpuSchedulerLogEntry_v2_t;

/** List of vGPU types. */
typedef struct
{
    /** nvmlVgpuTypeIdInfo_v1, set by the caller. */
    unsigned int version;
    /** In: capacity of the buffer. Out: number of elements. */
    unsigned int vgpuCount;
    /** The caller's buffer. */
    nvmlVgpuTypeId_t* vgpuTypeIds;
} nvmlVgpuTypeIdInfo_v1_t;
typedef nvmlVgpuTypeIdInfo_v1_t nvmlVgpuTypeIdInfo_t;

/** Maximum number of vGPUs of a type on a GPU instance. */
typedef struct
{
    /** nvmlVgpuTypeMaxInstance_v1, set by the caller. */
    unsigned int version;
    /** Set by the caller. */
    nvmlVgpuTypeId_t vgpuTypeId;
    unsigned int maxInstancePerGI;
} nvmlVgpuTypeMaxInstance_v1_t;
typedef nvmlVgpuTypeMaxInstance_v1_t nvmlVgpuTypeMaxInstance_t;

/** List of vGPUs. */
typedef struct
{
    /** nvmlActiveVgpuInstanceInfo_v1, set by the caller. */
    unsigned int version;
    /** In: capacity of the buffer. Out: number of elements. */
    unsigned int vgpuCount;
    /** The caller's buffer. */
    nvmlVgpuInstance_t* vgpuInstances;
} nvmlActiveVgpuInstanceInfo_v1_t;
typedef nvmlActiveVgpuInstanceInfo_v1_t nvmlActiveVgpuInstanceInfo_t;

/** Requested state of a scheduler. */
typedef struct
{
    /** nvmlVgpuSchedulerState_v1. */
    unsigned int version;
    /** NVML_VGPU_SCHEDULER_ENGINE_TYPE_*. */
    unsigned int engineId;
    /** NVML_VGPU_SCHEDULER_POLICY_*. */
    unsigned int schedulerPolicy;
    /** NVML_VGPU_SCHEDULER_ARR_*. */
    unsigned int enableARRMode;
    nvmlVgpuSchedulerSetParams_t schedulerParams;
} nvmlVgpuSchedulerState_v1_t;
typedef nvmlVgpuSchedulerState_v1_t nvmlVgpuSchedulerState_t;

/** Requested state of a scheduler in which ARR is always on. It has no version word. */
typedef struct
{
    /** NVML_VGPU_SCHEDULER_ENGINE_TYPE_*. */
    unsigned int engineId;
    /** NVML_VGPU_SCHEDULER_POLICY_*. */
    unsigned int schedulerPolicy;
    /** 0 is the default. */
    unsigned int avgFactor;
    /** 0 is the default. */
    unsigned int frequency;
} nvmlVgpuSchedulerState_v2_t;

/** State of a scheduler. */
typedef struct
{
    /** nvmlVgpuSchedulerStateInfo_v1, set by the caller. */
    unsigned int version;
    /** NVML_VGPU_SCHEDULER_ENGINE_TYPE_*, set by the caller. */
    unsigned int engineId;
    /** NVML_VGPU_SCHEDULER_POLICY_*. */
    unsigned int schedulerPolicy;
    /** NVML_VGPU_SCHEDULER_ARR_*. */
    unsigned int arrMode;
    nvmlVgpuSchedulerParams_t schedulerParams;
} nvmlVgpuSchedulerStateInfo_v1_t;
typedef nvmlVgpuSchedulerStateInfo_v1_t nvmlVgpuSchedulerStateInfo_t;

/** State of a scheduler in which ARR is always on. It has no version word. */
typedef struct
{
    /** NVML_VGPU_SCHEDULER_ENGINE_TYPE_*, set by the caller. */
    unsigned int engineId;
    /** NVML_VGPU_SCHEDULER_POLICY_*. */
    unsigned int schedulerPolicy;
    /** 0 when nothing is scheduled. */
    unsigned int avgFactor;
    /** In nanoseconds; 0 when nothing is scheduled. */
    unsigned int timeslice;
} nvmlVgpuSchedulerStateInfo_v2_t;

/** Log of a scheduler. */
typedef struct
{
    /** nvmlVgpuSchedulerLogInfo_v1, set by the caller. */
    unsigned int version;
    /** NVML_VGPU_SCHEDULER_ENGINE_TYPE_*, set by the caller. */
    unsigned int engineId;
    /** NVML_VGPU_SCHEDULER_POLICY_*. */
    unsigned int schedulerPolicy;
    /** NVML_VGPU_SCHEDULER_ARR_*. */
    unsigned int arrMode;
    nvmlVgpuSchedulerParams_t schedulerParams;
    /** Number of entries written. */
    unsigned int entriesCount;
    nvmlVgpuSchedulerLogEntry_t logEntries[NVML_SCHEDULER_SW_MAX_LOG_ENTRIES];
} nvmlVgpuSchedulerLogInfo_v1_t;
typedef nvmlVgpuSchedulerLogInfo_v1_t nvmlVgpuSchedulerLogInfo_t;

/** Log of a scheduler in which ARR is always on. It has no version word. */
typedef struct
{
    /** NVML_VGPU_SCHEDULER_ENGINE_TYPE_*, set by the caller. */
    unsigned int engineId;
    /** NVML_VGPU_SCHEDULER_POLICY_*. */
    unsigned int schedulerPolicy;
    /** 0 when nothing is scheduled. */
    unsigned int avgFactor;
    /** In nanoseconds; 0 when nothing is scheduled. */
    unsigned int timeslice;
    /** Number of entries written. */
    unsigned int entriesCount;
    nvmlVgpuSchedulerLogEntry_v2_t logEntries[NVML_SCHEDULER_SW_MAX_LOG_ENTRIES];
} nvmlVgpuSchedulerLogInfo_v2_t;

/** Possible placements of a new vGPU. */
typedef struct
{
    /** nvmlVgpuCreatablePlacementInfo_v1, set by the caller. */
    unsigned int version;
    /** Set by the caller. */
    nvmlVgpuTypeId_t vgpuTypeId;
    /** In: capacity of the buffer. Out: number of elements. */
    unsigned int count;
    /** The caller's buffer. */
    unsigned int* placementIds;
    /** Number of slots that a vGPU of this type occupies. */
    unsigned int placementSize;
} nvmlVgpuCreatablePlacementInfo_v1_t;
typedef nvmlVgpuCreatablePlacementInfo_v1_t nvmlVgpuCreatablePlacementInfo_t;

/** Profile id of the GPU instance that a vGPU type needs; INVALID_GPU_INSTANCE_PROFILE_ID without MIG. */
nvmlReturn_t nvmlVgpuTypeGetGpuInstanceProfileId(nvmlVgpuTypeId_t vgpuTypeId, unsigned int* gpuInstanceProfileId);
/** Id of the GPU instance that a vGPU runs on; INVALID_GPU_INSTANCE_ID without MIG. */
nvmlReturn_t nvmlVgpuInstanceGetGpuInstanceId(nvmlVgpuInstance_t vgpuInstance, unsigned int* gpuInstanceId);
/** vGPU types that can be created on a GPU instance now. INSUFFICIENT_SIZE if the buffer is too small. */
nvmlReturn_t nvmlGpuInstanceGetCreatableVgpus(nvmlGpuInstance_t gpuInstance, nvmlVgpuTypeIdInfo_t* pVgpus);
/** Maximum number of vGPUs of a type on a GPU instance. */
nvmlReturn_t nvmlVgpuTypeGetMaxInstancesPerGpuInstance(nvmlVgpuTypeMaxInstance_t* pMaxInstance);
/** vGPUs on a GPU instance. INSUFFICIENT_SIZE writes the count that is needed. */
nvmlReturn_t nvmlGpuInstanceGetActiveVgpus(nvmlGpuInstance_t gpuInstance, nvmlActiveVgpuInstanceInfo_t* pVgpuInstanceInfo);
/** Older form of nvmlGpuInstanceSetVgpuSchedulerState_v2. */
nvmlReturn_t nvmlGpuInstanceSetVgpuSchedulerState(nvmlGpuInstance_t gpuInstance, nvmlVgpuSchedulerState_t* pScheduler);
/** Older form of nvmlGpuInstanceGetVgpuSchedulerState_v2. */
nvmlReturn_t nvmlGpuInstanceGetVgpuSchedulerState(nvmlGpuInstance_t gpuInstance, nvmlVgpuSchedulerStateInfo_t* pSchedulerStateInfo);
/** Older form of nvmlGpuInstanceGetVgpuSchedulerLog_v2. */
nvmlReturn_t nvmlGpuInstanceGetVgpuSchedulerLog(nvmlGpuInstance_t gpuInstance, nvmlVgpuSchedulerLogInfo_t* pSchedulerLogInfo);
/** Possible placements of a new vGPU of a type on a GPU instance. INSUFFICIENT_SIZE writes the count that is needed. */
nvmlReturn_t nvmlGpuInstanceGetVgpuTypeCreatablePlacements(nvmlGpuInstance_t gpuInstance, nvmlVgpuCreatablePlacementInfo_t* pCreatablePlacementInfo);
/** Whether vGPUs with different amounts of memory may run on a GPU instance. */
nvmlReturn_t nvmlGpuInstanceGetVgpuHeterogeneousMode(nvmlGpuInstance_t gpuInstance, nvmlVgpuHeterogeneousMode_t* pHeterogeneousMode);
/** Sets it. IN_USE: the GPU instance has vGPUs. */
nvmlReturn_t nvmlGpuInstanceSetVgpuHeterogeneousMode(nvmlGpuInstance_t gpuInstance, const nvmlVgpuHeterogeneousMode_t* pHeterogeneousMode);
/** State of the vGPU scheduler of an engine of a GPU instance. */
nvmlReturn_t nvmlGpuInstanceGetVgpuSchedulerState_v2(nvmlGpuInstance_t gpuInstance, nvmlVgpuSchedulerStateInfo_v2_t* pSchedulerStateInfo);
/** Log of the vGPU scheduler of an engine of a GPU instance. */
nvmlReturn_t nvmlGpuInstanceGetVgpuSchedulerLog_v2(nvmlGpuInstance_t gpuInstance, nvmlVgpuSchedulerLogInfo_v2_t* pSchedulerLogInfo);
/** Sets the state of the vGPU scheduler of an engine, while the GPU instance has no vGPU. It is lost with the GPU instance. */
nvmlReturn_t nvmlGpuInstanceSetVgpuSchedulerState_v2(nvmlGpuInstance_t gpuInstance, nvmlVgpuSchedulerState_v2_t* pSchedulerState);

/* ---- Multi-Instance GPU ----------------------------------------------------------------------- */

#define NVML_DEVICE_MIG_DISABLE 0x0
#define NVML_DEVICE_MIG_ENABLE 0x1

/* GPU instance profiles: numbers for the ProfileInfo queries only. A profile's id is another number. */
#define NVML_GPU_INSTANCE_PROFILE_1_SLICE 0x0
#define NVML_GPU_INSTANCE_PROFILE_2_SLICE 0x1
#define NVML_GPU_INSTANCE_PROFILE_3_SLICE 0x2
#define NVML_GPU_INSTANCE_PROFILE_4_SLICE 0x3
#define NVML_GPU_INSTANCE_PROFILE_7_SLICE 0x4
#define NVML_GPU_INSTANCE_PROFILE_8_SLICE 0x5
#define NVML_GPU_INSTANCE_PROFILE_6_SLICE 0x6
/** With the media engines that one instance can have ("+me"). */
#define NVML_GPU_INSTANCE_PROFILE_1_SLICE_REV1 0x7
#define NVML_GPU_INSTANCE_PROFILE_2_SLICE_REV1 0x8
/** With twice the memory of 1_SLICE. */
#define NVML_GPU_INSTANCE_PROFILE_1_SLICE_REV2 0x9
/** With graphics ("+gfx"). */
#define NVML_GPU_INSTANCE_PROFILE_1_SLICE_GFX 0x0A
#define NVML_GPU_INSTANCE_PROFILE_2_SLICE_GFX 0x0B
#define NVML_GPU_INSTANCE_PROFILE_4_SLICE_GFX 0x0C
/** Without media engines ("-me"). */
#define NVML_GPU_INSTANCE_PROFILE_1_SLICE_NO_ME 0x0D
#define NVML_GPU_INSTANCE_PROFILE_2_SLICE_NO_ME 0x0E
/** With all the media engines of the GPU ("+me.all"). */
#define NVML_GPU_INSTANCE_PROFILE_1_SLICE_ALL_ME 0x0F
#define NVML_GPU_INSTANCE_PROFILE_2_SLICE_ALL_ME 0x10
#define NVML_GPU_INSTANCE_PROFILE_3_SLICE_GFX 0x11
#define NVML_GPU_INSTANCE_PROFILE_COUNT 0x12

#define NVML_GPU_INSTANCE_PROFILE_CAPS_P2P 0x1
#define NVML_GPU_INTSTANCE_PROFILE_CAPS_P2P 0x1
#define NVML_GPU_INSTANCE_PROFILE_CAPS_GFX 0x2
#define NVML_COMPUTE_INSTANCE_PROFILE_CAPS_GFX 0x1

/* Compute instance profiles: numbers for the ProfileInfo queries only. */
#define NVML_COMPUTE_INSTANCE_PROFILE_1_SLICE 0x0
#define NVML_COMPUTE_INSTANCE_PROFILE_2_SLICE 0x1
#define NVML_COMPUTE_INSTANCE_PROFILE_3_SLICE 0x2
#define NVML_COMPUTE_INSTANCE_PROFILE_4_SLICE 0x3
#define NVML_COMPUTE_INSTANCE_PROFILE_7_SLICE 0x4
#define NVML_COMPUTE_INSTANCE_PROFILE_8_SLICE 0x5
#define NVML_COMPUTE_INSTANCE_PROFILE_6_SLICE 0x6
#define NVML_COMPUTE_INSTANCE_PROFILE_1_SLICE_REV1 0x7
#define NVML_COMPUTE_INSTANCE_PROFILE_7_SLICE_NVL 0x8
#define NVML_COMPUTE_INSTANCE_PROFILE_COUNT 0x9

/** All compute instances of a GPU instance share its engines. */
#define NVML_COMPUTE_INSTANCE_ENGINE_PROFILE_SHARED 0x0
#define NVML_COMPUTE_INSTANCE_ENGINE_PROFILE_COUNT 0x1

/** Memory slices that a GPU instance takes. */
typedef struct nvmlGpuInstancePlacement_st
{
    unsigned int start;
    unsigned int size;
} nvmlGpuInstancePlacement_t;

/** What a GPU instance of a profile gets. */
typedef struct nvmlGpuInstanceProfileInfo_st
{
    /** The id that create, list, placements and capacity take; it differs between GPU models. */
    unsigned int id;
    unsigned int isP2pSupported;
    /** Compute slices. */
    unsigned int sliceCount;
    /** How many fit on an empty GPU. */
    unsigned int instanceCount;
    unsigned int multiprocessorCount;
    unsigned int copyEngineCount;
    unsigned int decoderCount;
    unsigned int encoderCount;
    unsigned int jpegCount;
    unsigned int ofaCount;
    /** In MiB. */
    unsigned long long memorySizeMB;
} nvmlGpuInstanceProfileInfo_t;

/** Version 2: with a name. The same size as version 3, and another layout. */
typedef struct nvmlGpuInstanceProfileInfo_v2_st
{
    /** sizeof | 2 << 24, set by the caller. */
    unsigned int version;
    unsigned int id;
    unsigned int isP2pSupported;
    unsigned int sliceCount;
    unsigned int instanceCount;
    unsigned int multiprocessorCount;
    unsigned int copyEngineCount;
    unsigned int decoderCount;
    unsigned int encoderCount;
    unsigned int jpegCount;
    unsigned int ofaCount;
    unsigned long long memorySizeMB;
    /** Such as "MIG 1g.5gb+me". */
    char name[NVML_DEVICE_NAME_V2_BUFFER_SIZE];
} nvmlGpuInstanceProfileInfo_v2_t;

/** Version 3: with capability bits in place of isP2pSupported. */
typedef struct nvmlGpuInstanceProfileInfo_v3_st
{
    /** sizeof | 3 << 24, set by the caller. */
    unsigned int version;
    unsigned int id;
    unsigned int sliceCount;
    unsigned int instanceCount;
    unsigned int multiprocessorCount;
    unsigned int copyEngineCount;
    unsigned int decoderCount;
    unsigned int encoderCount;
    unsigned int jpegCount;
    unsigned int ofaCount;
    unsigned long long memorySizeMB;
    char name[NVML_DEVICE_NAME_V2_BUFFER_SIZE];
    /** NVML_GPU_INSTANCE_PROFILE_CAPS_* bits. */
    unsigned int capabilities;
} nvmlGpuInstanceProfileInfo_v3_t;

/** A GPU instance that exists. */
typedef struct nvmlGpuInstanceInfo_st
{
    nvmlDevice_t device;
    /** Unique on its GPU while it exists. */
    unsigned int id;
    unsigned int profileId;
    nvmlGpuInstancePlacement_t placement;
} nvmlGpuInstanceInfo_t;

/** Compute slices of its GPU instance that a compute instance takes. */
typedef struct nvmlComputeInstancePlacement_st
{
    unsigned int start;
    unsigned int size;
} nvmlComputeInstancePlacement_t;

/** What a compute instance of a profile gets; engines are shared within the GPU instance. */
typedef struct nvmlComputeInstanceProfileInfo_st
{
    unsigned int id;
    unsigned int sliceCount;
    unsigned int instanceCount;
    unsigned int multiprocessorCount;
    unsigned int sharedCopyEngineCount;
    unsigned int sharedDecoderCount;
    unsigned int sharedEncoderCount;
    unsigned int sharedJpegCount;
    unsigned int sharedOfaCount;
} nvmlComputeInstanceProfileInfo_t;

/** Version 2: with a name. */
typedef struct nvmlComputeInstanceProfileInfo_v2_st
{
    /** sizeof | 2 << 24, set by the caller. */
    unsigned int version;
    unsigned int id;
    unsigned int sliceCount;
    unsigned int instanceCount;
    unsigned int multiprocessorCount;
    unsigned int sharedCopyEngineCount;
    unsigned int sharedDecoderCount;
    unsigned int sharedEncoderCount;
    unsigned int sharedJpegCount;
    unsigned int sharedOfaCount;
    char name[NVML_DEVICE_NAME_V2_BUFFER_SIZE];
} nvmlComputeInstanceProfileInfo_v2_t;

/** Version 3: with capability bits. */
typedef struct nvmlComputeInstanceProfileInfo_v3_st
{
    /** sizeof | 3 << 24, set by the caller. */
    unsigned int version;
    unsigned int id;
    unsigned int sliceCount;
    unsigned int instanceCount;
    unsigned int multiprocessorCount;
    unsigned int sharedCopyEngineCount;
    unsigned int sharedDecoderCount;
    unsigned int sharedEncoderCount;
    unsigned int sharedJpegCount;
    unsigned int sharedOfaCount;
    char name[NVML_DEVICE_NAME_V2_BUFFER_SIZE];
    /** NVML_COMPUTE_INSTANCE_PROFILE_CAPS_* bits. */
    unsigned int capabilities;
} nvmlComputeInstanceProfileInfo_v3_t;

/** A compute instance that exists. */
typedef struct nvmlComputeInstanceInfo_st
{
    nvmlDevice_t device;
    nvmlGpuInstance_t gpuInstance;
    /** Unique in its GPU instance while it exists. */
    unsigned int id;
    unsigned int profileId;
    nvmlComputeInstancePlacement_t placement;
} nvmlComputeInstanceInfo_t;

/** Sets MIG mode. The return value and `activationStatus` are independent: success may still be pending. */
nvmlReturn_t nvmlDeviceSetMigMode(nvmlDevice_t device, unsigned int mode, nvmlReturn_t* activationStatus);
/** MIG mode now, and after the next reset. NOT_SUPPORTED: the GPU has no MIG. */
nvmlReturn_t nvmlDeviceGetMigMode(nvmlDevice_t device, unsigned int* currentMode, unsigned int* pendingMode);
/** A profile by its NVML_GPU_INSTANCE_PROFILE_* number. NOT_SUPPORTED is a hole, INVALID_ARGUMENT the end. */
nvmlReturn_t nvmlDeviceGetGpuInstanceProfileInfo(nvmlDevice_t device, unsigned int profile, nvmlGpuInstanceProfileInfo_t* info);
/** As above; the version word in `info` says which structure (2 or 3) it is. */
nvmlReturn_t nvmlDeviceGetGpuInstanceProfileInfoV(nvmlDevice_t device, unsigned int profile, nvmlGpuInstanceProfileInfo_v2_t* info);
/** As above, by profile id. */
nvmlReturn_t nvmlDeviceGetGpuInstanceProfileInfoByIdV(nvmlDevice_t device, unsigned int profileId, nvmlGpuInstanceProfileInfo_v2_t* info);
/** Legacy name of nvmlDeviceGetGpuInstancePossiblePlacements_v2. */
nvmlReturn_t nvmlDeviceGetGpuInstancePossiblePlacements(nvmlDevice_t device, unsigned int profileId, nvmlGpuInstancePlacement_t* placements, unsigned int* count);
/** Where GPU instances of a profile may stand on an empty GPU. NULL `placements` asks for the count alone. */
nvmlReturn_t nvmlDeviceGetGpuInstancePossiblePlacements_v2(nvmlDevice_t device, unsigned int profileId, nvmlGpuInstancePlacement_t* placements, unsigned int* count);
/** How many more GPU instances of this one profile fit now. */
nvmlReturn_t nvmlDeviceGetGpuInstanceRemainingCapacity(nvmlDevice_t device, unsigned int profileId, unsigned int* count);
/** Makes a GPU instance where the driver likes. INSUFFICIENT_RESOURCES: no room. */
nvmlReturn_t nvmlDeviceCreateGpuInstance(nvmlDevice_t device, unsigned int profileId, nvmlGpuInstance_t* gpuInstance);
/** Makes a GPU instance at a placement. INVALID_ARGUMENT: not a possible one; INSUFFICIENT_RESOURCES: occupied. */
nvmlReturn_t nvmlDeviceCreateGpuInstanceWithPlacement(nvmlDevice_t device, unsigned int profileId, const nvmlGpuInstancePlacement_t* placement, nvmlGpuInstance_t* gpuInstance);
/** Destroys a GPU instance. IN_USE: compute instances or processes are on it. */
nvmlReturn_t nvmlGpuInstanceDestroy(nvmlGpuInstance_t gpuInstance);
/** The GPU instances of one profile. `gpuInstances` must have room for all; the size is not checked. */
nvmlReturn_t nvmlDeviceGetGpuInstances(nvmlDevice_t device, unsigned int profileId, nvmlGpuInstance_t* gpuInstances, unsigned int* count);
/** The GPU instance with this id. NOT_FOUND if there is none. */
nvmlReturn_t nvmlDeviceGetGpuInstanceById(nvmlDevice_t device, unsigned int id, nvmlGpuInstance_t* gpuInstance);
/** Id, profile id and placement. */
nvmlReturn_t nvmlGpuInstanceGetInfo(nvmlGpuInstance_t gpuInstance, nvmlGpuInstanceInfo_t* info);
/** A profile by its NVML_COMPUTE_INSTANCE_PROFILE_* number. NOT_SUPPORTED is a hole, INVALID_ARGUMENT the end. */
nvmlReturn_t nvmlGpuInstanceGetComputeInstanceProfileInfo(nvmlGpuInstance_t gpuInstance, unsigned int profile, unsigned int engProfile, nvmlComputeInstanceProfileInfo_t* info);
/** As above; the version word in `info` says which structure (2 or 3) it is. */
nvmlReturn_t nvmlGpuInstanceGetComputeInstanceProfileInfoV(nvmlGpuInstance_t gpuInstance, unsigned int profile, unsigned int engProfile, nvmlComputeInstanceProfileInfo_v2_t* info);
/** How many more compute instances of this one profile fit now. */
nvmlReturn_t nvmlGpuInstanceGetComputeInstanceRemainingCapacity(nvmlGpuInstance_t gpuInstance, unsigned int profileId, unsigned int* count);
/** Where compute instances of a profile may stand in an empty GPU instance. NULL `placements` asks for the count alone. */
nvmlReturn_t nvmlGpuInstanceGetComputeInstancePossiblePlacements(nvmlGpuInstance_t gpuInstance, unsigned int profileId, nvmlComputeInstancePlacement_t* placements, unsigned int* count);
/** Makes a compute instance where the driver likes. NOT_SUPPORTED: this GPU instance has no such profile id. */
nvmlReturn_t nvmlGpuInstanceCreateComputeInstance(nvmlGpuInstance_t gpuInstance, unsigned int profileId, nvmlComputeInstance_t* computeInstance);
/** Makes a compute instance at a placement. */
nvmlReturn_t nvmlGpuInstanceCreateComputeInstanceWithPlacement(nvmlGpuInstance_t gpuInstance, unsigned int profileId, const nvmlComputeInstancePlacement_t* placement, nvmlComputeInstance_t* computeInstance);
/** Destroys a compute instance. IN_USE: processes are on it. */
nvmlReturn_t nvmlComputeInstanceDestroy(nvmlComputeInstance_t computeInstance);
/** The compute instances of one profile. `computeInstances` must have room for all; the size is not checked. */
nvmlReturn_t nvmlGpuInstanceGetComputeInstances(nvmlGpuInstance_t gpuInstance, unsigned int profileId, nvmlComputeInstance_t* computeInstances, unsigned int* count);
/** The compute instance with this id. NOT_FOUND if there is none. */
nvmlReturn_t nvmlGpuInstanceGetComputeInstanceById(nvmlGpuInstance_t gpuInstance, unsigned int id, nvmlComputeInstance_t* computeInstance);
/** Legacy name of nvmlComputeInstanceGetInfo_v2. */
nvmlReturn_t nvmlComputeInstanceGetInfo(nvmlComputeInstance_t computeInstance, nvmlComputeInstanceInfo_t* info);
/** Id, profile id and placement. */
nvmlReturn_t nvmlComputeInstanceGetInfo_v2(nvmlComputeInstance_t computeInstance, nvmlComputeInstanceInfo_t* info);
/** Whether a handle is a MIG device. GPUs without MIG may answer NOT_SUPPORTED, which means no. */
nvmlReturn_t nvmlDeviceIsMigDeviceHandle(nvmlDevice_t device, unsigned int* isMigDevice);
/** GPU instance id of a MIG device. NOT_SUPPORTED on a whole GPU. */
nvmlReturn_t nvmlDeviceGetGpuInstanceId(nvmlDevice_t device, unsigned int* id);
/** Compute instance id of a MIG device. NOT_SUPPORTED on a whole GPU. */
nvmlReturn_t nvmlDeviceGetComputeInstanceId(nvmlDevice_t device, unsigned int* id);
/** Most MIG devices that the GPU can have; 0 while MIG is off or not supported. */
nvmlReturn_t nvmlDeviceGetMaxMigDeviceCount(nvmlDevice_t device, unsigned int* count);
/** The MIG device with this index. NOT_FOUND is a hole. */
nvmlReturn_t nvmlDeviceGetMigDeviceHandleByIndex(nvmlDevice_t device, unsigned int index, nvmlDevice_t* migDevice);
/** The GPU that a MIG device is on. */
nvmlReturn_t nvmlDeviceGetDeviceHandleFromMigDeviceHandle(nvmlDevice_t migDevice, nvmlDevice_t* device);

#ifdef __cplusplus
}
#endif

#endif
