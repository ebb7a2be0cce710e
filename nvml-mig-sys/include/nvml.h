/*
 * The part of NVIDIA's NVML C interface that is needed for Multi-Instance GPU (MIG).
 *
 * This header is our own work, including its comments. Names, values, parameter names and layouts match
 * NVIDIA's nvml.h of CUDA 13.5, with which CI compares every item.
 *
 * Comments omit the prefix NVML_ERROR_ of return codes. "Device" means a GPU or a MIG device.
 * Every function returns NVML_ERROR_UNINITIALIZED before nvmlInit_v2 or after the last nvmlShutdown.
 */
#ifndef NVML_MIG_SYS_NVML_H
#define NVML_MIG_SYS_NVML_H

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Handles, return codes, buffer sizes ------------------------------------------------------ */

/** A handle to a device: a GPU, or a MIG device (a compute instance of a GPU instance). */
typedef struct nvmlDevice_st* nvmlDevice_t;
/** A handle to a GPU instance: a part of a GPU with its own memory slices, compute slices and engines. */
typedef struct nvmlGpuInstance_st* nvmlGpuInstance_t;
/** A handle to a compute instance: some of the compute slices of a GPU instance. */
typedef struct nvmlComputeInstance_st* nvmlComputeInstance_t;

/** Return code of a function. Comments omit the prefix `NVML_ERROR_`. Drivers may return codes not listed here. */
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

/** State of a feature: disabled or enabled. */
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

/** Initializes NVML, or increments its reference count. `DRIVER_NOT_LOADED` if the kernel driver is not loaded. */
nvmlReturn_t nvmlInit_v2(void);
/** Initializes NVML like `nvmlInit_v2`, with `NVML_INIT_FLAG_*` bits. */
nvmlReturn_t nvmlInitWithFlags(unsigned int flags);
/** Decrements the reference count, and shuts NVML down when it reaches zero. MIG instances are kept. */
nvmlReturn_t nvmlShutdown(void);
/** Returns a static English description of any code, known or not. May be called before `nvmlInit_v2`. */
const char* nvmlErrorString(nvmlReturn_t result);

/** Returns the kernel driver's version, such as "550.163.01". `INSUFFICIENT_SIZE` if `length` is too small. */
nvmlReturn_t nvmlSystemGetDriverVersion(char* version, unsigned int length);
/** Returns the version of NVML, such as "12.550.163.01". `INSUFFICIENT_SIZE` if `length` is too small. */
nvmlReturn_t nvmlSystemGetNVMLVersion(char* version, unsigned int length);
/** Returns the version of libcuda, 1000 * major + 10 * minor; without libcuda, a version that the driver supports. */
nvmlReturn_t nvmlSystemGetCudaDriverVersion(int* cudaDriverVersion);
/** Returns the version of libcuda, 1000 * major + 10 * minor. `LIBRARY_NOT_FOUND` if it is not installed. */
nvmlReturn_t nvmlSystemGetCudaDriverVersion_v2(int* cudaDriverVersion);
/** Returns the path of a process's program, truncated to `length`. `NOT_FOUND` if there is no such process. */
nvmlReturn_t nvmlSystemGetProcessName(unsigned int pid, char* name, unsigned int length);

/* ---- Devices ---------------------------------------------------------------------------------- */

/** Returns the number of GPUs, excluding MIG devices. */
nvmlReturn_t nvmlDeviceGetCount_v2(unsigned int* deviceCount);
/** Returns a GPU by its index. `INVALID_ARGUMENT` if the index is not below the number of GPUs. */
nvmlReturn_t nvmlDeviceGetHandleByIndex_v2(unsigned int index, nvmlDevice_t* device);
/** Returns a GPU ("GPU-...") or MIG device ("MIG-...", either format) by its UUID. `NOT_FOUND` if there is none. */
nvmlReturn_t nvmlDeviceGetHandleByUUID(const char* uuid, nvmlDevice_t* device);
/** Returns a GPU by its PCI address, with a domain of 4 or 8 digits. `NOT_FOUND` if there is none. */
nvmlReturn_t nvmlDeviceGetHandleByPciBusId_v2(const char* pciBusId, nvmlDevice_t* device);

/** Returns the product name of a device; for a MIG device, followed by " MIG " and its profile. */
nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t device, char* name, unsigned int length);
/** Returns the UUID of a device, "GPU-..." or "MIG-...". */
nvmlReturn_t nvmlDeviceGetUUID(nvmlDevice_t device, char* uuid, unsigned int length);
/** Returns the index of a GPU on this machine, or of a MIG device on its GPU. */
nvmlReturn_t nvmlDeviceGetIndex(nvmlDevice_t device, unsigned int* index);
/** Returns the number N of a GPU's device node /dev/nvidiaN. A change of MIG mode may change it. */
nvmlReturn_t nvmlDeviceGetMinorNumber(nvmlDevice_t device, unsigned int* minorNumber);

/** PCI address and IDs of a GPU. */
typedef struct nvmlPciInfo_st
{
    /** PCI address "domain:bus:device.0", with a 4-digit domain. */
    char busIdLegacy[NVML_DEVICE_PCI_BUS_ID_BUFFER_V2_SIZE];
    unsigned int domain;
    unsigned int bus;
    unsigned int device;
    /** Device ID in the upper 16 bits, vendor ID in the lower 16 bits. */
    unsigned int pciDeviceId;
    unsigned int pciSubSystemId;
    /** PCI address "domain:bus:device.0", with an 8-digit domain. */
    char busId[NVML_DEVICE_PCI_BUS_ID_BUFFER_SIZE];
} nvmlPciInfo_t;

/** Returns the PCI address and IDs of a GPU. */
nvmlReturn_t nvmlDeviceGetPciInfo_v3(nvmlDevice_t device, nvmlPciInfo_t* pci);

/** Memory usage of a device, in bytes. Memory reserved by the driver counts as used. */
typedef struct nvmlMemory_st
{
    unsigned long long total;
    unsigned long long free;
    unsigned long long used;
} nvmlMemory_t;

/** Memory usage of a device, in bytes. Memory reserved by the driver is reported in `reserved`, not in `used`. */
typedef struct nvmlMemory_v2_st
{
    /** Version word `sizeof(nvmlMemory_v2_t) | 2 << 24`, set by the caller. */
    unsigned int version;
    unsigned long long total;
    unsigned long long reserved;
    unsigned long long free;
    unsigned long long used;
} nvmlMemory_v2_t;

/** BAR1 memory usage of a device, in bytes. BAR1 is the PCI window through which the CPU accesses GPU memory. */
typedef struct nvmlBAR1Memory_st
{
    unsigned long long bar1Total;
    unsigned long long bar1Free;
    unsigned long long bar1Used;
} nvmlBAR1Memory_t;

/** Returns the memory usage of a device. */
nvmlReturn_t nvmlDeviceGetMemoryInfo(nvmlDevice_t device, nvmlMemory_t* memory);
/** Returns the memory usage of a device. `ARGUMENT_VERSION_MISMATCH` if the version word is unknown. */
nvmlReturn_t nvmlDeviceGetMemoryInfo_v2(nvmlDevice_t device, nvmlMemory_v2_t* memory);
/** Returns the BAR1 memory usage of a device. */
nvmlReturn_t nvmlDeviceGetBAR1MemoryInfo(nvmlDevice_t device, nvmlBAR1Memory_t* bar1Memory);

/** Resources of a MIG device: SMs of its compute instance, memory and engines of its GPU instance. */
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
    /** Memory size in MiB. */
    unsigned long long memorySizeMB;
} nvmlDeviceAttributes_t;

/** Returns the resources of a MIG device. Legacy name of `nvmlDeviceGetAttributes_v2`. */
nvmlReturn_t nvmlDeviceGetAttributes(nvmlDevice_t device, nvmlDeviceAttributes_t* attributes);
/** Returns the resources of a MIG device. `NOT_SUPPORTED` if the device is a GPU. */
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

/** Architecture of a GPU: one of `NVML_DEVICE_ARCH_*`. */
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

/** Virtualization mode of a GPU. MIG instances cannot be created in a vGPU guest. */
typedef enum nvmlGpuVirtualizationMode
{
    NVML_GPU_VIRTUALIZATION_MODE_NONE = 0,
    NVML_GPU_VIRTUALIZATION_MODE_PASSTHROUGH = 1,
    NVML_GPU_VIRTUALIZATION_MODE_VGPU = 2,
    NVML_GPU_VIRTUALIZATION_MODE_HOST_VGPU = 3,
    NVML_GPU_VIRTUALIZATION_MODE_HOST_VSGA = 4
} nvmlGpuVirtualizationMode_t;

/** Returns the architecture of a GPU. */
nvmlReturn_t nvmlDeviceGetArchitecture(nvmlDevice_t device, nvmlDeviceArchitecture_t* arch);
/** Returns the product line of a GPU. */
nvmlReturn_t nvmlDeviceGetBrand(nvmlDevice_t device, nvmlBrandType_t* type);
/** Returns the CUDA compute capability of a GPU as major and minor number, such as 8 and 0. */
nvmlReturn_t nvmlDeviceGetCudaComputeCapability(nvmlDevice_t device, int* major, int* minor);
/** Returns the persistence mode: whether the driver keeps the GPU initialized when no client uses it. */
nvmlReturn_t nvmlDeviceGetPersistenceMode(nvmlDevice_t device, nvmlEnableState_t* mode);
/** Returns the virtualization mode of a GPU. */
nvmlReturn_t nvmlDeviceGetVirtualizationMode(nvmlDevice_t device, nvmlGpuVirtualizationMode_t* pVirtualMode);

/** A process on a device, without instance IDs. */
typedef struct nvmlProcessInfo_v1_st
{
    unsigned int pid;
    /** GPU memory used, in bytes; all ones if unknown. */
    unsigned long long usedGpuMemory;
} nvmlProcessInfo_v1_t;

/** A process on a device, with its instance IDs. */
typedef struct nvmlProcessInfo_v2_st
{
    unsigned int pid;
    /** GPU memory used, in bytes; all ones if unknown. */
    unsigned long long usedGpuMemory;
    /** GPU instance ID; all ones if there is none. */
    unsigned int gpuInstanceId;
    /** Compute instance ID; all ones if there is none. */
    unsigned int computeInstanceId;
} nvmlProcessInfo_v2_t, nvmlProcessInfo_t;

/** Returns the compute processes on a device. On `INSUFFICIENT_SIZE`, sets `infoCount` to the required count. */
nvmlReturn_t nvmlDeviceGetComputeRunningProcesses(nvmlDevice_t device, unsigned int* infoCount, nvmlProcessInfo_v1_t* infos);
/** Returns the compute processes on a device, with their instance IDs. */
nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v2(nvmlDevice_t device, unsigned int* infoCount, nvmlProcessInfo_v2_t* infos);
/** Returns the compute processes on a device, in the structure of `nvmlDeviceGetComputeRunningProcesses_v2`. */
nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v3(nvmlDevice_t device, unsigned int* infoCount, nvmlProcessInfo_t* infos);
/** Returns the graphics processes on a device. On `INSUFFICIENT_SIZE`, sets `infoCount` to the required count. */
nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses(nvmlDevice_t device, unsigned int* infoCount, nvmlProcessInfo_v1_t* infos);
/** Returns the graphics processes on a device, with their instance IDs. */
nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses_v2(nvmlDevice_t device, unsigned int* infoCount, nvmlProcessInfo_v2_t* infos);
/** Returns the graphics processes on a device, in the structure of `nvmlDeviceGetGraphicsRunningProcesses_v2`. */
nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses_v3(nvmlDevice_t device, unsigned int* infoCount, nvmlProcessInfo_t* infos);
/** Returns the compute processes on a device that use the Multi-Process Service (MPS). */
nvmlReturn_t nvmlDeviceGetMPSComputeRunningProcesses(nvmlDevice_t device, unsigned int* infoCount, nvmlProcessInfo_v1_t* infos);
/** Returns the MPS compute processes on a device, with their instance IDs. */
nvmlReturn_t nvmlDeviceGetMPSComputeRunningProcesses_v2(nvmlDevice_t device, unsigned int* infoCount, nvmlProcessInfo_v2_t* infos);
/** Returns the MPS compute processes on a device, in the structure of `nvmlDeviceGetMPSComputeRunningProcesses_v2`. */
nvmlReturn_t nvmlDeviceGetMPSComputeRunningProcesses_v3(nvmlDevice_t device, unsigned int* infoCount, nvmlProcessInfo_t* infos);

/* ---- Field values ----------------------------------------------------------------------------- */

/** Type of a field's value, which determines the member of `nvmlValue_t`. */
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

/** Value of a field. `valueType` determines the valid member. */
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

/** A field to query, and its value. */
typedef struct nvmlFieldValue_st
{
    /** Field ID (`NVML_FI_*`), set by the caller. */
    unsigned int fieldId;
    unsigned int scopeId;
    /** Time of the value, in microseconds since 1970. */
    long long timestamp;
    long long latencyUsec;
    nvmlValueType_t valueType;
    /** Return code of this field. `value` is valid only if it is `NVML_SUCCESS`. */
    nvmlReturn_t nvmlReturn;
    nvmlValue_t value;
} nvmlFieldValue_t;

/** 1 if MIG mode can be changed without a GPU reset (Hopper and newer). */
#define NVML_FI_DEV_IS_RESETLESS_MIG_SUPPORTED 184
/** 1 if MIG profiles can be queried while MIG mode is disabled. */
#define NVML_FI_DEV_IS_MIG_MODE_INDEPENDENT_MIG_QUERY_CAPABLE 199

/** Reads `valuesCount` fields into `values`. Each field has its own return code. */
nvmlReturn_t nvmlDeviceGetFieldValues(nvmlDevice_t device, int valuesCount, nvmlFieldValue_t* values);

/* ---- Events ----------------------------------------------------------------------------------- */

/** A handle to an event set: pairs of a device and an event type to wait for. */
typedef struct nvmlEventSet_st* nvmlEventSet_t;

#define nvmlEventTypeNone 0x0000000000000000LL
#define nvmlEventTypeSingleBitEccError 0x0000000000000001LL
#define nvmlEventTypeDoubleBitEccError 0x0000000000000002LL
#define nvmlEventTypePState 0x0000000000000004LL
#define nvmlEventTypeXidCriticalError 0x0000000000000008LL
#define nvmlEventTypeClock 0x0000000000000010LL
#define nvmlEventTypePowerSourceChange 0x0000000000000080LL
/** GPU or compute instances were created or destroyed. */
#define nvmlEventMigConfigChange 0x0000000000000100LL
#define nvmlEventTypeSingleBitEccErrorStorm 0x0000000000000200LL
#define nvmlEventTypeDramRetirementEvent 0x0000000000000400LL
#define nvmlEventTypeDramRetirementFailure 0x0000000000000800LL
#define nvmlEventTypeNonFatalPoisonError 0x0000000000001000LL
#define nvmlEventTypeFatalPoisonError 0x0000000000002000LL
#define nvmlEventTypeGpuUnavailableError 0x0000000000004000LL
#define nvmlEventTypeGpuRecoveryAction 0x0000000000008000LL

/** An event from `nvmlEventSetWait_v2`. */
typedef struct nvmlEventData_st
{
    nvmlDevice_t device;
    /** Event type: a single `nvmlEvent*` bit. */
    unsigned long long eventType;
    unsigned long long eventData;
    /** GPU instance ID; all ones if the event concerns none. */
    unsigned int gpuInstanceId;
    /** Compute instance ID; all ones if the event concerns none. */
    unsigned int computeInstanceId;
} nvmlEventData_t;

/** Creates an empty event set. */
nvmlReturn_t nvmlEventSetCreate(nvmlEventSet_t* set);
/** Registers events of a GPU with an event set. Events of MIG devices are registered on their GPU. */
nvmlReturn_t nvmlDeviceRegisterEvents(nvmlDevice_t device, unsigned long long eventTypes, nvmlEventSet_t set);
/** Returns a bit mask of the event types that a GPU supports. */
nvmlReturn_t nvmlDeviceGetSupportedEventTypes(nvmlDevice_t device, unsigned long long* eventTypes);
/** Waits for the next event. `TIMEOUT` if there is none within `timeoutms` milliseconds. */
nvmlReturn_t nvmlEventSetWait_v2(nvmlEventSet_t set, nvmlEventData_t* data, unsigned int timeoutms);
/** Frees an event set and removes its registrations. */
nvmlReturn_t nvmlEventSetFree(nvmlEventSet_t set);

/* Operational events: structured events of a GPU. nvmlEventSetWait_v3 waits for both kinds. Zero the structures. */

/** Log level of an event, or minimum log level of a subscription. */
typedef enum
{
    /** No minimum. */
    NVML_GPU_OPERATIONAL_EVENT_LOG_LEVEL_ALL = 0,
    NVML_GPU_OPERATIONAL_EVENT_LOG_LEVEL_TELEMETRY = 10,
    NVML_GPU_OPERATIONAL_EVENT_LOG_LEVEL_DIAG = 20,
    NVML_GPU_OPERATIONAL_EVENT_LOG_LEVEL_NOTICE = 30,
    NVML_GPU_OPERATIONAL_EVENT_LOG_LEVEL_WARNING = 40,
    NVML_GPU_OPERATIONAL_EVENT_LOG_LEVEL_ERROR = 50
} nvmlGpuOperationalEventLogLevel_t;

/** Severity of an event, or minimum severity of a subscription. */
typedef enum
{
    /** No minimum. */
    NVML_OPERATIONAL_EVENT_SEVERITY_ALL = 0,
    NVML_OPERATIONAL_EVENT_SEVERITY_INFORMATIONAL = 10,
    NVML_OPERATIONAL_EVENT_SEVERITY_CORRECTED = 20,
    NVML_OPERATIONAL_EVENT_SEVERITY_RECOVERABLE = 30,
    NVML_OPERATIONAL_EVENT_SEVERITY_FATAL = 40
} nvmlOperationalEventSeverity_t;

/** Kind of an event from `nvmlEventSetWait_v3`. */
typedef enum
{
    /** An event that `nvmlEventSetWait_v2` also returns: a single `nvmlEvent*` bit. */
    NVML_EVENT_DATA_TYPE_NVML_EVENT = 0,
    NVML_EVENT_DATA_TYPE_GPU_OPERATIONAL_EVENT = 1
} nvmlEventDataType_t;

/** Type of a context record. */
typedef enum
{
    NVML_GPU_OPERATIONAL_EVENT_CONTEXT_TYPE_UNKNOWN = 0,
    /** An Xid error: see `nvmlEventSetGetGpuOperationalEventContextLegacyXid_v1`. */
    NVML_GPU_OPERATIONAL_EVENT_CONTEXT_TYPE_LEGACY_XID = 1
} nvmlGpuOperationalEventContextType_t;

/** GPU instance ID of an event that concerns no GPU instance. */
#define NVML_GPU_INSTANCE_ID_ANY 0xFFFFFFFFU
/** Compute instance ID of an event that concerns no compute instance. */
#define NVML_COMPUTE_INSTANCE_ID_ANY 0xFFFFFFFFU

/* Bits of `attributes`. */
#define NVML_OPERATIONAL_EVENT_ATTR_UNCONTAINED (1u << 0)
#define NVML_OPERATIONAL_EVENT_ATTR_LATENT (1u << 1)
/** Propagated from another source. */
#define NVML_OPERATIONAL_EVENT_ATTR_PROPAGATED (1u << 2)
#define NVML_OPERATIONAL_EVENT_ATTR_COMPONENT_RESET (1u << 3)
#define NVML_OPERATIONAL_EVENT_ATTR_THRESHOLD_EXCEEDED (1u << 4)
/** Primary event of its group. */
#define NVML_OPERATIONAL_EVENT_ATTR_PRIMARY (1u << 5)
/** The source dropped events. */
#define NVML_OPERATIONAL_EVENT_ATTR_OVERFLOW (1u << 6)

/* Bits of `groupAttributes`. */
#define NVML_OPERATIONAL_EVENT_GROUP_ATTR_RECOVERED (1u << 0)
/** The group reports an earlier error. */
#define NVML_OPERATIONAL_EVENT_GROUP_ATTR_PREVERR (1u << 1)
/** The group was simulated or injected by a test. */
#define NVML_OPERATIONAL_EVENT_GROUP_ATTR_SIMULATED (1u << 2)

/** Subscription to the operational events of a GPU. */
typedef struct nvmlGpuOperationalEventConfig_v1_st
{
    /** UUID of the GPU ("GPU-..."), NUL-terminated. */
    char uuid[NVML_DEVICE_UUID_V2_BUFFER_SIZE];
    /** Minimum log level (`nvmlGpuOperationalEventLogLevel_t`). */
    unsigned int minLogLevel;
    /** Minimum severity (`nvmlOperationalEventSeverity_t`). */
    unsigned int minSeverity;
} nvmlGpuOperationalEventConfig_v1_t;

/** Timeout of a wait, and the event it returned. Newer drivers may use values that the enums do not list. */
typedef struct
{
    /** Timeout in milliseconds, set by the caller. */
    unsigned int timeoutMs;
    /** Kind of the event (`nvmlEventDataType_t`). Members that do not apply to it are 0 or empty. */
    unsigned int dataType;
    /** UUID of the GPU; empty if unknown. */
    char uuid[NVML_DEVICE_UUID_V2_BUFFER_SIZE];
    /** Source of an operational event; not always NUL-terminated. */
    char sourceModule[16];
    /** Event type: a single `nvmlEvent*` bit; 0 for an operational event. */
    unsigned long long eventType;
    unsigned long long eventData;
    /** Identifier of an operational event's group. */
    unsigned long long groupCursor;
    /** Sequence number of an operational event. */
    unsigned long long instanceId;
    /** Time of the event, in microseconds; 0 if unknown. */
    unsigned long long timestampUsec;
    unsigned long long traceId;
    /** GPU instance ID; `NVML_GPU_INSTANCE_ID_ANY` if the event concerns none. */
    unsigned int gpuInstanceId;
    /** Compute instance ID; `NVML_COMPUTE_INSTANCE_ID_ANY` if the event concerns none. */
    unsigned int computeInstanceId;
    /** Severity (`nvmlOperationalEventSeverity_t`). */
    unsigned int severity;
    unsigned int categoryId;
    /** Event code defined by `sourceModule`. */
    unsigned int moduleEventCode;
    unsigned int scope;
    unsigned int originator;
    unsigned int moduleInstance;
    unsigned int chipletId;
    /** Log level (`nvmlGpuOperationalEventLogLevel_t`). */
    unsigned int logLevel;
    /** `NVML_OPERATIONAL_EVENT_ATTR_*` bits. */
    unsigned int attributes;
    /** Size of the group's platform error record (CPER), in bytes; 0 if there is none. */
    unsigned int groupCperSize;
    /** `NVML_OPERATIONAL_EVENT_GROUP_ATTR_*` bits. */
    unsigned int groupAttributes;
    /** Number of events in the group. */
    unsigned char groupSize;
    /** Index in the group, starting at 0. */
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
    /** Index of the context record, starting at 0, set by the caller. */
    unsigned int index;
    /** Type of the record (`nvmlGpuOperationalEventContextType_t`). */
    unsigned int nvmlGpuOperationalEventContextType;
    /** Type number assigned by the event's source. */
    unsigned int sourceEventContextType;
    /** Size of the data, in bytes. */
    unsigned int dataSize;
    unsigned short dataFormatVersion;
} nvmlEventSetGetContextInfo_v1_t;

/** Data of a context record. */
typedef struct
{
    /** Buffer of `dataSize` bytes, or NULL to query the size. */
    void* data;
    /** Index of the context record, starting at 0, set by the caller. */
    unsigned int index;
    /** In: size of the buffer, in bytes. Out: number of bytes written or required. */
    unsigned int dataSize;
} nvmlEventSetGetContextData_v1_t;

/** Xid error in a context record. */
typedef struct
{
    /** Index of the context record, starting at 0, set by the caller. */
    unsigned int index;
    unsigned int xidCode;
} nvmlEventSetGetGpuOperationalEventContextLegacyXid_v1_t;

/** Registers a GPU's operational events with an event set, in addition to those of `nvmlDeviceRegisterEvents`. */
nvmlReturn_t nvmlEventSetRegisterGpuOperationalEvents_v1(nvmlEventSet_t eventSet, const nvmlGpuOperationalEventConfig_v1_t* config);
/** Waits for the next event of either kind. `TIMEOUT` if there is none within `timeoutMs` milliseconds. */
nvmlReturn_t nvmlEventSetWait_v3(nvmlEventSet_t set, nvmlEventSetWait_v3_t* params);
/** Counts the context records of the last event from `nvmlEventSetWait_v3`. `NOT_FOUND` if there was no event yet. */
nvmlReturn_t nvmlEventSetGetContextCount_v1(nvmlEventSet_t set, nvmlEventSetGetContextCount_v1_t* params);
/** Returns the description of a context record. */
nvmlReturn_t nvmlEventSetGetContextInfo_v1(nvmlEventSet_t set, nvmlEventSetGetContextInfo_v1_t* params);
/** Copies the data of a context record. On `INSUFFICIENT_SIZE`, sets the required size. */
nvmlReturn_t nvmlEventSetGetContextData_v1(nvmlEventSet_t set, nvmlEventSetGetContextData_v1_t* params);
/** Decodes the Xid error in a context record of type `LEGACY_XID`. */
nvmlReturn_t nvmlEventSetGetGpuOperationalEventContextLegacyXid_v1(nvmlEventSet_t set, nvmlEventSetGetGpuOperationalEventContextLegacyXid_v1_t* params);

/* ---- GPU performance monitoring (GPM), Hopper and newer --------------------------------------- */

#include "nvml_gpm_metrics.h"

/** A handle to a sample of the GPM counters. Metrics are computed from two samples. */
typedef struct nvmlGpmSample_st* nvmlGpmSample_t;

/** A metric to query, and its value. */
typedef struct
{
    /** Metric ID (`nvmlGpmMetricId_t`), set by the caller. */
    unsigned int metricId;
    /** Return code of this metric. */
    nvmlReturn_t nvmlReturn;
    double value;
    struct
    {
        char* shortName;
        char* longName;
        char* unit;
    } metricInfo;
} nvmlGpmMetric_t;

/** A query for metrics between two samples. Only the first `numMetrics` entries are used. */
typedef struct
{
    /** Structure version `NVML_GPM_METRICS_GET_VERSION`, set by the caller. */
    unsigned int version;
    unsigned int numMetrics;
    nvmlGpmSample_t sample1;
    nvmlGpmSample_t sample2;
    nvmlGpmMetric_t metrics[NVML_GPM_METRIC_MAX];
} nvmlGpmMetricsGet_t;

#define NVML_GPM_METRICS_GET_VERSION 1

/** GPM support of a device. */
typedef struct
{
    /** Structure version `NVML_GPM_SUPPORT_VERSION`, set by the caller. */
    unsigned int version;
    unsigned int isSupportedDevice;
} nvmlGpmSupport_t;

#define NVML_GPM_SUPPORT_VERSION 1

/** Computes metrics from two samples. */
nvmlReturn_t nvmlGpmMetricsGet(nvmlGpmMetricsGet_t* metricsGet);
/** Frees a sample. */
nvmlReturn_t nvmlGpmSampleFree(nvmlGpmSample_t gpmSample);
/** Allocates a sample. */
nvmlReturn_t nvmlGpmSampleAlloc(nvmlGpmSample_t* gpmSample);
/** Reads the counters of a GPU instance into a sample. `device` is the GPU. */
nvmlReturn_t nvmlGpmMigSampleGet(nvmlDevice_t device, unsigned int gpuInstanceId, nvmlGpmSample_t gpmSample);
/** Returns whether a device supports GPM. */
nvmlReturn_t nvmlGpmQueryDeviceSupport(nvmlDevice_t device, nvmlGpmSupport_t* gpmSupport);

/* ---- Virtual GPUs (vGPU) on GPU instances ----------------------------------------------------- */

/* These functions work only on vGPU hosts; elsewhere they return NOT_SUPPORTED. An unknown `version` causes
 * ARGUMENT_VERSION_MISMATCH. */

/** ID of a vGPU type. */
typedef unsigned int nvmlVgpuTypeId_t;
/** ID of a vGPU of a running virtual machine. */
typedef unsigned int nvmlVgpuInstance_t;

#define INVALID_GPU_INSTANCE_PROFILE_ID 0xFFFFFFFF
#define INVALID_GPU_INSTANCE_ID 0xFFFFFFFF

/** vGPU heterogeneous mode: whether vGPUs with different amounts of memory can share a GPU instance. */
typedef struct
{
    /** Version word `nvmlVgpuHeterogeneousMode_v1`, set by the caller. */
    unsigned int version;
    /** Mode (`nvmlEnableState_t`). */
    unsigned int mode;
} nvmlVgpuHeterogeneousMode_v1_t;
typedef nvmlVgpuHeterogeneousMode_v1_t nvmlVgpuHeterogeneousMode_t;

#define NVML_VGPU_SCHEDULER_POLICY_UNKNOWN 0
#define NVML_VGPU_SCHEDULER_POLICY_BEST_EFFORT 1
#define NVML_VGPU_SCHEDULER_POLICY_EQUAL_SHARE 2
#define NVML_VGPU_SCHEDULER_POLICY_FIXED_SHARE 3

/** Maximum number of entries in a scheduler log. */
#define NVML_SCHEDULER_SW_MAX_LOG_ENTRIES 200

/* Adaptive Round Robin (ARR) modes of the scheduler. */
#define NVML_VGPU_SCHEDULER_ARR_DEFAULT 0
#define NVML_VGPU_SCHEDULER_ARR_DISABLE 1
#define NVML_VGPU_SCHEDULER_ARR_ENABLE 2

/* Engines that have a vGPU scheduler. Not every GPU instance has all of them. */
#define NVML_VGPU_SCHEDULER_ENGINE_TYPE_GRAPHICS 1
#define NVML_VGPU_SCHEDULER_ENGINE_TYPE_NVENC1 2
#define NVML_VGPU_SCHEDULER_ENGINE_TYPE_NVENC0 3

/** Parameters of a vGPU scheduler: `vgpuSchedDataWithARR` if ARR is enabled, otherwise `vgpuSchedData`. */
typedef union
{
    struct
    {
        /** Averaging factor; 0 if scheduling is inactive. */
        unsigned int avgFactor;
        /** Time slice in nanoseconds; 0 if scheduling is inactive. */
        unsigned int timeslice;
    } vgpuSchedDataWithARR;
    struct
    {
        /** Time slice in nanoseconds; 0 if scheduling is inactive. */
        unsigned int timeslice;
    } vgpuSchedData;
} nvmlVgpuSchedulerParams_t;

/** Parameters to set: `vgpuSchedDataWithARR` to enable ARR, otherwise `vgpuSchedData`. 0 selects the default. */
typedef union
{
    struct
    {
        unsigned int avgFactor;
        unsigned int frequency;
    } vgpuSchedDataWithARR;
    struct
    {
        /** Time slice in nanoseconds. */
        unsigned int timeslice;
    } vgpuSchedData;
} nvmlVgpuSchedulerSetParams_t;

/** Log entry for one run of a vGPU's run list. Times are in nanoseconds. */
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
    /** Time slice granted to this run. */
    unsigned long long targetTimeSlice;
    /** Total time for which the run list was preempted. */
    unsigned long long cumulativePreemptionTime;
} nvmlVgpuSchedulerLogEntry_t;

/** Log entry like `nvmlVgpuSchedulerLogEntry_t`, with a weight. */
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
    /** Version word `nvmlVgpuTypeIdInfo_v1`, set by the caller. */
    unsigned int version;
    /** In: capacity of the buffer. Out: number of elements. */
    unsigned int vgpuCount;
    /** Buffer provided by the caller. */
    nvmlVgpuTypeId_t* vgpuTypeIds;
} nvmlVgpuTypeIdInfo_v1_t;
typedef nvmlVgpuTypeIdInfo_v1_t nvmlVgpuTypeIdInfo_t;

/** Maximum number of vGPUs of a type on a GPU instance. */
typedef struct
{
    /** Version word `nvmlVgpuTypeMaxInstance_v1`, set by the caller. */
    unsigned int version;
    /** vGPU type, set by the caller. */
    nvmlVgpuTypeId_t vgpuTypeId;
    unsigned int maxInstancePerGI;
} nvmlVgpuTypeMaxInstance_v1_t;
typedef nvmlVgpuTypeMaxInstance_v1_t nvmlVgpuTypeMaxInstance_t;

/** List of vGPUs. */
typedef struct
{
    /** Version word `nvmlActiveVgpuInstanceInfo_v1`, set by the caller. */
    unsigned int version;
    /** In: capacity of the buffer. Out: number of elements. */
    unsigned int vgpuCount;
    /** Buffer provided by the caller. */
    nvmlVgpuInstance_t* vgpuInstances;
} nvmlActiveVgpuInstanceInfo_v1_t;
typedef nvmlActiveVgpuInstanceInfo_v1_t nvmlActiveVgpuInstanceInfo_t;

/** State to set for a vGPU scheduler. */
typedef struct
{
    /** Version word `nvmlVgpuSchedulerState_v1`. */
    unsigned int version;
    /** Engine (`NVML_VGPU_SCHEDULER_ENGINE_TYPE_*`). */
    unsigned int engineId;
    /** Scheduling policy (`NVML_VGPU_SCHEDULER_POLICY_*`). */
    unsigned int schedulerPolicy;
    /** ARR mode (`NVML_VGPU_SCHEDULER_ARR_*`). */
    unsigned int enableARRMode;
    nvmlVgpuSchedulerSetParams_t schedulerParams;
} nvmlVgpuSchedulerState_v1_t;
typedef nvmlVgpuSchedulerState_v1_t nvmlVgpuSchedulerState_t;

/** State to set for a vGPU scheduler with ARR always enabled. The structure has no version word. */
typedef struct
{
    /** Engine (`NVML_VGPU_SCHEDULER_ENGINE_TYPE_*`). */
    unsigned int engineId;
    /** Scheduling policy (`NVML_VGPU_SCHEDULER_POLICY_*`). */
    unsigned int schedulerPolicy;
    /** Averaging factor; 0 selects the default. */
    unsigned int avgFactor;
    /** ARR frequency; 0 selects the default. */
    unsigned int frequency;
} nvmlVgpuSchedulerState_v2_t;

/** State of a vGPU scheduler. */
typedef struct
{
    /** Version word `nvmlVgpuSchedulerStateInfo_v1`, set by the caller. */
    unsigned int version;
    /** Engine (`NVML_VGPU_SCHEDULER_ENGINE_TYPE_*`), set by the caller. */
    unsigned int engineId;
    /** Scheduling policy (`NVML_VGPU_SCHEDULER_POLICY_*`). */
    unsigned int schedulerPolicy;
    /** ARR mode (`NVML_VGPU_SCHEDULER_ARR_*`). */
    unsigned int arrMode;
    nvmlVgpuSchedulerParams_t schedulerParams;
} nvmlVgpuSchedulerStateInfo_v1_t;
typedef nvmlVgpuSchedulerStateInfo_v1_t nvmlVgpuSchedulerStateInfo_t;

/** State of a vGPU scheduler with ARR always enabled. The structure has no version word. */
typedef struct
{
    /** Engine (`NVML_VGPU_SCHEDULER_ENGINE_TYPE_*`), set by the caller. */
    unsigned int engineId;
    /** Scheduling policy (`NVML_VGPU_SCHEDULER_POLICY_*`). */
    unsigned int schedulerPolicy;
    /** Averaging factor; 0 if scheduling is inactive. */
    unsigned int avgFactor;
    /** Time slice in nanoseconds; 0 if scheduling is inactive. */
    unsigned int timeslice;
} nvmlVgpuSchedulerStateInfo_v2_t;

/** Log of a vGPU scheduler. */
typedef struct
{
    /** Version word `nvmlVgpuSchedulerLogInfo_v1`, set by the caller. */
    unsigned int version;
    /** Engine (`NVML_VGPU_SCHEDULER_ENGINE_TYPE_*`), set by the caller. */
    unsigned int engineId;
    /** Scheduling policy (`NVML_VGPU_SCHEDULER_POLICY_*`). */
    unsigned int schedulerPolicy;
    /** ARR mode (`NVML_VGPU_SCHEDULER_ARR_*`). */
    unsigned int arrMode;
    nvmlVgpuSchedulerParams_t schedulerParams;
    /** Number of entries written. */
    unsigned int entriesCount;
    nvmlVgpuSchedulerLogEntry_t logEntries[NVML_SCHEDULER_SW_MAX_LOG_ENTRIES];
} nvmlVgpuSchedulerLogInfo_v1_t;
typedef nvmlVgpuSchedulerLogInfo_v1_t nvmlVgpuSchedulerLogInfo_t;

/** Log of a vGPU scheduler with ARR always enabled. The structure has no version word. */
typedef struct
{
    /** Engine (`NVML_VGPU_SCHEDULER_ENGINE_TYPE_*`), set by the caller. */
    unsigned int engineId;
    /** Scheduling policy (`NVML_VGPU_SCHEDULER_POLICY_*`). */
    unsigned int schedulerPolicy;
    /** Averaging factor; 0 if scheduling is inactive. */
    unsigned int avgFactor;
    /** Time slice in nanoseconds; 0 if scheduling is inactive. */
    unsigned int timeslice;
    /** Number of entries written. */
    unsigned int entriesCount;
    nvmlVgpuSchedulerLogEntry_v2_t logEntries[NVML_SCHEDULER_SW_MAX_LOG_ENTRIES];
} nvmlVgpuSchedulerLogInfo_v2_t;

/** Possible placements of a new vGPU. */
typedef struct
{
    /** Version word `nvmlVgpuCreatablePlacementInfo_v1`, set by the caller. */
    unsigned int version;
    /** vGPU type, set by the caller. */
    nvmlVgpuTypeId_t vgpuTypeId;
    /** In: capacity of the buffer. Out: number of elements. */
    unsigned int count;
    /** Buffer provided by the caller. */
    unsigned int* placementIds;
    /** Number of slots that a vGPU of this type occupies. */
    unsigned int placementSize;
} nvmlVgpuCreatablePlacementInfo_v1_t;
typedef nvmlVgpuCreatablePlacementInfo_v1_t nvmlVgpuCreatablePlacementInfo_t;

/** Returns the GPU instance profile that a vGPU type requires; `INVALID_GPU_INSTANCE_PROFILE_ID` without MIG. */
nvmlReturn_t nvmlVgpuTypeGetGpuInstanceProfileId(nvmlVgpuTypeId_t vgpuTypeId, unsigned int* gpuInstanceProfileId);
/** Returns the ID of the GPU instance on which a vGPU runs; `INVALID_GPU_INSTANCE_ID` without MIG. */
nvmlReturn_t nvmlVgpuInstanceGetGpuInstanceId(nvmlVgpuInstance_t vgpuInstance, unsigned int* gpuInstanceId);
/** Returns the vGPU types that a GPU instance can host now. `INSUFFICIENT_SIZE` if the buffer is too small. */
nvmlReturn_t nvmlGpuInstanceGetCreatableVgpus(nvmlGpuInstance_t gpuInstance, nvmlVgpuTypeIdInfo_t* pVgpus);
/** Returns the maximum number of vGPUs of a type on a GPU instance. */
nvmlReturn_t nvmlVgpuTypeGetMaxInstancesPerGpuInstance(nvmlVgpuTypeMaxInstance_t* pMaxInstance);
/** Returns the vGPUs on a GPU instance. On `INSUFFICIENT_SIZE`, sets the required count. */
nvmlReturn_t nvmlGpuInstanceGetActiveVgpus(nvmlGpuInstance_t gpuInstance, nvmlActiveVgpuInstanceInfo_t* pVgpuInstanceInfo);
/** Sets the vGPU scheduler state. Superseded by `nvmlGpuInstanceSetVgpuSchedulerState_v2`. */
nvmlReturn_t nvmlGpuInstanceSetVgpuSchedulerState(nvmlGpuInstance_t gpuInstance, nvmlVgpuSchedulerState_t* pScheduler);
/** Returns the vGPU scheduler state. Superseded by `nvmlGpuInstanceGetVgpuSchedulerState_v2`. */
nvmlReturn_t nvmlGpuInstanceGetVgpuSchedulerState(nvmlGpuInstance_t gpuInstance, nvmlVgpuSchedulerStateInfo_t* pSchedulerStateInfo);
/** Returns the vGPU scheduler log. Superseded by `nvmlGpuInstanceGetVgpuSchedulerLog_v2`. */
nvmlReturn_t nvmlGpuInstanceGetVgpuSchedulerLog(nvmlGpuInstance_t gpuInstance, nvmlVgpuSchedulerLogInfo_t* pSchedulerLogInfo);
/** Returns the placements available to a new vGPU of a type. On `INSUFFICIENT_SIZE`, sets the required count. */
nvmlReturn_t nvmlGpuInstanceGetVgpuTypeCreatablePlacements(nvmlGpuInstance_t gpuInstance, nvmlVgpuCreatablePlacementInfo_t* pCreatablePlacementInfo);
/** Returns whether vGPUs with different amounts of memory can share a GPU instance. */
nvmlReturn_t nvmlGpuInstanceGetVgpuHeterogeneousMode(nvmlGpuInstance_t gpuInstance, nvmlVgpuHeterogeneousMode_t* pHeterogeneousMode);
/** Sets whether vGPUs with different amounts of memory can share a GPU instance. `IN_USE` if it has vGPUs. */
nvmlReturn_t nvmlGpuInstanceSetVgpuHeterogeneousMode(nvmlGpuInstance_t gpuInstance, const nvmlVgpuHeterogeneousMode_t* pHeterogeneousMode);
/** Returns the state of an engine's vGPU scheduler on a GPU instance. */
nvmlReturn_t nvmlGpuInstanceGetVgpuSchedulerState_v2(nvmlGpuInstance_t gpuInstance, nvmlVgpuSchedulerStateInfo_v2_t* pSchedulerStateInfo);
/** Returns the log of an engine's vGPU scheduler on a GPU instance. */
nvmlReturn_t nvmlGpuInstanceGetVgpuSchedulerLog_v2(nvmlGpuInstance_t gpuInstance, nvmlVgpuSchedulerLogInfo_v2_t* pSchedulerLogInfo);
/** Sets the state of an engine's vGPU scheduler until the GPU instance is destroyed. Requires that it has no vGPUs. */
nvmlReturn_t nvmlGpuInstanceSetVgpuSchedulerState_v2(nvmlGpuInstance_t gpuInstance, nvmlVgpuSchedulerState_v2_t* pSchedulerState);

/* ---- Multi-Instance GPU ----------------------------------------------------------------------- */

#define NVML_DEVICE_MIG_DISABLE 0x0
#define NVML_DEVICE_MIG_ENABLE 0x1

/* GPU instance profile numbers, used only by the ProfileInfo queries. They are not profile IDs. */
#define NVML_GPU_INSTANCE_PROFILE_1_SLICE 0x0
#define NVML_GPU_INSTANCE_PROFILE_2_SLICE 0x1
#define NVML_GPU_INSTANCE_PROFILE_3_SLICE 0x2
#define NVML_GPU_INSTANCE_PROFILE_4_SLICE 0x3
#define NVML_GPU_INSTANCE_PROFILE_7_SLICE 0x4
#define NVML_GPU_INSTANCE_PROFILE_8_SLICE 0x5
#define NVML_GPU_INSTANCE_PROFILE_6_SLICE 0x6
/** With media engines ("+me"). */
#define NVML_GPU_INSTANCE_PROFILE_1_SLICE_REV1 0x7
#define NVML_GPU_INSTANCE_PROFILE_2_SLICE_REV1 0x8
/** With twice the memory of `1_SLICE`. */
#define NVML_GPU_INSTANCE_PROFILE_1_SLICE_REV2 0x9
/** With graphics support ("+gfx"). */
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
/** Misspelled name of `NVML_GPU_INSTANCE_PROFILE_CAPS_P2P`. */
#define NVML_GPU_INTSTANCE_PROFILE_CAPS_P2P 0x1
#define NVML_GPU_INSTANCE_PROFILE_CAPS_GFX 0x2
#define NVML_COMPUTE_INSTANCE_PROFILE_CAPS_GFX 0x1

/* Compute instance profile numbers, used only by the ProfileInfo queries. They are not profile IDs. */
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

/** Engines shared by all compute instances of a GPU instance. */
#define NVML_COMPUTE_INSTANCE_ENGINE_PROFILE_SHARED 0x0
#define NVML_COMPUTE_INSTANCE_ENGINE_PROFILE_COUNT 0x1

/** Placement of a GPU instance, in memory slices of the GPU. */
typedef struct nvmlGpuInstancePlacement_st
{
    unsigned int start;
    unsigned int size;
} nvmlGpuInstancePlacement_t;

/** GPU instance profile: the resources of each instance. */
typedef struct nvmlGpuInstanceProfileInfo_st
{
    /** Profile ID, passed to the functions that take a `profileId`. It differs between GPU models. */
    unsigned int id;
    unsigned int isP2pSupported;
    /** Number of compute slices. */
    unsigned int sliceCount;
    /** Maximum number of instances on an empty GPU. */
    unsigned int instanceCount;
    unsigned int multiprocessorCount;
    unsigned int copyEngineCount;
    unsigned int decoderCount;
    unsigned int encoderCount;
    unsigned int jpegCount;
    unsigned int ofaCount;
    /** Memory size in MiB. */
    unsigned long long memorySizeMB;
} nvmlGpuInstanceProfileInfo_t;

/** GPU instance profile, version 2: adds a name. Same size as version 3, but a different layout. */
typedef struct nvmlGpuInstanceProfileInfo_v2_st
{
    /** Version word `sizeof | 2 << 24`, set by the caller. */
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
    /** Profile name, such as "MIG 1g.5gb+me". */
    char name[NVML_DEVICE_NAME_V2_BUFFER_SIZE];
} nvmlGpuInstanceProfileInfo_v2_t;

/** GPU instance profile, version 3: capability bits replace `isP2pSupported`. */
typedef struct nvmlGpuInstanceProfileInfo_v3_st
{
    /** Version word `sizeof | 3 << 24`, set by the caller. */
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
    /** `NVML_GPU_INSTANCE_PROFILE_CAPS_*` bits. */
    unsigned int capabilities;
} nvmlGpuInstanceProfileInfo_v3_t;

/** Properties of a GPU instance. */
typedef struct nvmlGpuInstanceInfo_st
{
    nvmlDevice_t device;
    /** GPU instance ID, unique on the GPU while the instance exists. */
    unsigned int id;
    unsigned int profileId;
    nvmlGpuInstancePlacement_t placement;
} nvmlGpuInstanceInfo_t;

/** Placement of a compute instance, in compute slices of the GPU instance. */
typedef struct nvmlComputeInstancePlacement_st
{
    unsigned int start;
    unsigned int size;
} nvmlComputeInstancePlacement_t;

/** Compute instance profile: the resources of each instance. Engines are shared within the GPU instance. */
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

/** Compute instance profile, version 2: adds a name. */
typedef struct nvmlComputeInstanceProfileInfo_v2_st
{
    /** Version word `sizeof | 2 << 24`, set by the caller. */
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

/** Compute instance profile, version 3: adds capability bits. */
typedef struct nvmlComputeInstanceProfileInfo_v3_st
{
    /** Version word `sizeof | 3 << 24`, set by the caller. */
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
    /** `NVML_COMPUTE_INSTANCE_PROFILE_CAPS_*` bits. */
    unsigned int capabilities;
} nvmlComputeInstanceProfileInfo_v3_t;

/** Properties of a compute instance. */
typedef struct nvmlComputeInstanceInfo_st
{
    nvmlDevice_t device;
    nvmlGpuInstance_t gpuInstance;
    /** Compute instance ID, unique in the GPU instance while the instance exists. */
    unsigned int id;
    unsigned int profileId;
    nvmlComputeInstancePlacement_t placement;
} nvmlComputeInstanceInfo_t;

/** Sets the MIG mode of a GPU. On success, check `activationStatus`: the change may still be pending. */
nvmlReturn_t nvmlDeviceSetMigMode(nvmlDevice_t device, unsigned int mode, nvmlReturn_t* activationStatus);
/** Returns the current MIG mode and the mode after the next reset. `NOT_SUPPORTED` if the GPU lacks MIG. */
nvmlReturn_t nvmlDeviceGetMigMode(nvmlDevice_t device, unsigned int* currentMode, unsigned int* pendingMode);
/** Returns a profile by its number. `NOT_SUPPORTED` if the GPU lacks it, `INVALID_ARGUMENT` past the last number. */
nvmlReturn_t nvmlDeviceGetGpuInstanceProfileInfo(nvmlDevice_t device, unsigned int profile, nvmlGpuInstanceProfileInfo_t* info);
/** Returns a profile by its number. The version word of `info` selects version 2 or 3 of the structure. */
nvmlReturn_t nvmlDeviceGetGpuInstanceProfileInfoV(nvmlDevice_t device, unsigned int profile, nvmlGpuInstanceProfileInfo_v2_t* info);
/** Returns a profile by its ID. The version word of `info` selects version 2 or 3 of the structure. */
nvmlReturn_t nvmlDeviceGetGpuInstanceProfileInfoByIdV(nvmlDevice_t device, unsigned int profileId, nvmlGpuInstanceProfileInfo_v2_t* info);
/** Returns the possible placements. Legacy name of `nvmlDeviceGetGpuInstancePossiblePlacements_v2`. */
nvmlReturn_t nvmlDeviceGetGpuInstancePossiblePlacements(nvmlDevice_t device, unsigned int profileId, nvmlGpuInstancePlacement_t* placements, unsigned int* count);
/** Returns a profile's possible placements on an empty GPU. If `placements` is NULL, returns only their count. */
nvmlReturn_t nvmlDeviceGetGpuInstancePossiblePlacements_v2(nvmlDevice_t device, unsigned int profileId, nvmlGpuInstancePlacement_t* placements, unsigned int* count);
/** Returns how many more GPU instances of a profile can be created now. */
nvmlReturn_t nvmlDeviceGetGpuInstanceRemainingCapacity(nvmlDevice_t device, unsigned int profileId, unsigned int* count);
/** Creates a GPU instance at a placement chosen by the driver. `INSUFFICIENT_RESOURCES` if none is free. */
nvmlReturn_t nvmlDeviceCreateGpuInstance(nvmlDevice_t device, unsigned int profileId, nvmlGpuInstance_t* gpuInstance);
/** Creates a GPU instance at a placement: `INVALID_ARGUMENT` if impossible, `INSUFFICIENT_RESOURCES` if occupied. */
nvmlReturn_t nvmlDeviceCreateGpuInstanceWithPlacement(nvmlDevice_t device, unsigned int profileId, const nvmlGpuInstancePlacement_t* placement, nvmlGpuInstance_t* gpuInstance);
/** Destroys a GPU instance. `IN_USE` if it has compute instances or running processes. */
nvmlReturn_t nvmlGpuInstanceDestroy(nvmlGpuInstance_t gpuInstance);
/** Returns the GPU instances of a profile. `gpuInstances` must have room for all of them; NVML does not check. */
nvmlReturn_t nvmlDeviceGetGpuInstances(nvmlDevice_t device, unsigned int profileId, nvmlGpuInstance_t* gpuInstances, unsigned int* count);
/** Returns a GPU instance by its ID. `NOT_FOUND` if there is none. */
nvmlReturn_t nvmlDeviceGetGpuInstanceById(nvmlDevice_t device, unsigned int id, nvmlGpuInstance_t* gpuInstance);
/** Returns the ID, profile ID and placement of a GPU instance. */
nvmlReturn_t nvmlGpuInstanceGetInfo(nvmlGpuInstance_t gpuInstance, nvmlGpuInstanceInfo_t* info);
/** Returns a profile by its number: `NOT_SUPPORTED` if not available here, `INVALID_ARGUMENT` past the last number. */
nvmlReturn_t nvmlGpuInstanceGetComputeInstanceProfileInfo(nvmlGpuInstance_t gpuInstance, unsigned int profile, unsigned int engProfile, nvmlComputeInstanceProfileInfo_t* info);
/** Returns a profile by its number. The version word of `info` selects version 2 or 3 of the structure. */
nvmlReturn_t nvmlGpuInstanceGetComputeInstanceProfileInfoV(nvmlGpuInstance_t gpuInstance, unsigned int profile, unsigned int engProfile, nvmlComputeInstanceProfileInfo_v2_t* info);
/** Returns how many more compute instances of a profile can be created now. */
nvmlReturn_t nvmlGpuInstanceGetComputeInstanceRemainingCapacity(nvmlGpuInstance_t gpuInstance, unsigned int profileId, unsigned int* count);
/** Returns a profile's possible placements in an empty GPU instance. If `placements` is NULL, only their count. */
nvmlReturn_t nvmlGpuInstanceGetComputeInstancePossiblePlacements(nvmlGpuInstance_t gpuInstance, unsigned int profileId, nvmlComputeInstancePlacement_t* placements, unsigned int* count);
/** Creates a compute instance at a placement chosen by the driver. `NOT_SUPPORTED` if there is no such profile. */
nvmlReturn_t nvmlGpuInstanceCreateComputeInstance(nvmlGpuInstance_t gpuInstance, unsigned int profileId, nvmlComputeInstance_t* computeInstance);
/** Creates a compute instance at a placement. */
nvmlReturn_t nvmlGpuInstanceCreateComputeInstanceWithPlacement(nvmlGpuInstance_t gpuInstance, unsigned int profileId, const nvmlComputeInstancePlacement_t* placement, nvmlComputeInstance_t* computeInstance);
/** Destroys a compute instance. `IN_USE` if processes are running on it. */
nvmlReturn_t nvmlComputeInstanceDestroy(nvmlComputeInstance_t computeInstance);
/** Returns the compute instances of a profile. `computeInstances` must have room for all; NVML does not check. */
nvmlReturn_t nvmlGpuInstanceGetComputeInstances(nvmlGpuInstance_t gpuInstance, unsigned int profileId, nvmlComputeInstance_t* computeInstances, unsigned int* count);
/** Returns a compute instance by its ID. `NOT_FOUND` if there is none. */
nvmlReturn_t nvmlGpuInstanceGetComputeInstanceById(nvmlGpuInstance_t gpuInstance, unsigned int id, nvmlComputeInstance_t* computeInstance);
/** Returns the IDs and placement of a compute instance. Legacy name of `nvmlComputeInstanceGetInfo_v2`. */
nvmlReturn_t nvmlComputeInstanceGetInfo(nvmlComputeInstance_t computeInstance, nvmlComputeInstanceInfo_t* info);
/** Returns the ID, profile ID and placement of a compute instance. */
nvmlReturn_t nvmlComputeInstanceGetInfo_v2(nvmlComputeInstance_t computeInstance, nvmlComputeInstanceInfo_t* info);
/** Returns whether a device is a MIG device. `NOT_SUPPORTED`, possible on GPUs without MIG, means no. */
nvmlReturn_t nvmlDeviceIsMigDeviceHandle(nvmlDevice_t device, unsigned int* isMigDevice);
/** Returns the GPU instance ID of a MIG device. `NOT_SUPPORTED` if the device is a GPU. */
nvmlReturn_t nvmlDeviceGetGpuInstanceId(nvmlDevice_t device, unsigned int* id);
/** Returns the compute instance ID of a MIG device. `NOT_SUPPORTED` if the device is a GPU. */
nvmlReturn_t nvmlDeviceGetComputeInstanceId(nvmlDevice_t device, unsigned int* id);
/** Returns the maximum number of MIG devices on a GPU; 0 if MIG is disabled or not supported. */
nvmlReturn_t nvmlDeviceGetMaxMigDeviceCount(nvmlDevice_t device, unsigned int* count);
/** Returns a MIG device of a GPU by its index. `NOT_FOUND` if the index is unused. */
nvmlReturn_t nvmlDeviceGetMigDeviceHandleByIndex(nvmlDevice_t device, unsigned int index, nvmlDevice_t* migDevice);
/** Returns the GPU of a MIG device. */
nvmlReturn_t nvmlDeviceGetDeviceHandleFromMigDeviceHandle(nvmlDevice_t migDevice, nvmlDevice_t* device);

#ifdef __cplusplus
}
#endif

#endif
