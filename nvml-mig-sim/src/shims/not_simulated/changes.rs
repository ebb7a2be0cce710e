//! Changes to GPUs other than MIG, which are not simulated.

use super::{Device, Number, Pointer, not_simulated};

not_simulated! {
    nvmlDeviceClearAccountingPids(device: Device);
    nvmlDeviceClearCpuAffinity(device: Device);
    nvmlDeviceClearEccErrorCounts(device: Device, number: Number);
    nvmlDeviceClearFieldValues(device: Device, number: Number, out: Pointer);
    nvmlDeviceDiscoverGpus(out: Pointer);
    nvmlDeviceFreezeNvLinkUtilizationCounter(device: Device, number_1: Number, number_2: Number, number_3: Number);
    nvmlDeviceModifyDrainState(out: Pointer, number: Number);
    nvmlDeviceRemoveGpu(out: Pointer);
    nvmlDeviceRemoveGpu_v2(out: Pointer, number_1: Number, number_2: Number);
    nvmlDeviceResetApplicationsClocks(device: Device);
    nvmlDeviceResetGpuLockedClocks(device: Device);
    nvmlDeviceResetMemoryLockedClocks(device: Device);
    nvmlDeviceResetNvLinkErrorCounters(device: Device, number: Number);
    nvmlDeviceResetNvLinkUtilizationCounter(device: Device, number_1: Number, number_2: Number);
    nvmlDeviceSetAPIRestriction(device: Device, number_1: Number, number_2: Number);
    nvmlDeviceSetAccountingMode(device: Device, number: Number);
    nvmlDeviceSetApplicationsClocks(device: Device, number_1: Number, number_2: Number);
    nvmlDeviceSetAutoBoostedClocksEnabled(device: Device, number: Number);
    nvmlDeviceSetComputeMode(device: Device, number: Number);
    nvmlDeviceSetConfComputeUnprotectedMemSize(device: Device, number: Number);
    nvmlDeviceSetCpuAffinity(device: Device);
    nvmlDeviceSetDefaultAutoBoostedClocksEnabled(device: Device, number_1: Number, number_2: Number);
    nvmlDeviceSetDefaultFanSpeed_v2(device: Device, number: Number);
    nvmlDeviceSetDriverModel(device: Device, number_1: Number, number_2: Number);
    nvmlDeviceSetEccMode(device: Device, number: Number);
    nvmlDeviceSetFanControlPolicy(device: Device, number_1: Number, number_2: Number);
    nvmlDeviceSetFanSpeed_v2(device: Device, number_1: Number, number_2: Number);
    nvmlDeviceSetGpcClkVfOffset(device: Device, number: Number);
    nvmlDeviceSetGpuLockedClocks(device: Device, number_1: Number, number_2: Number);
    nvmlDeviceSetGpuOperationMode(device: Device, number: Number);
    nvmlDeviceSetMemClkVfOffset(device: Device, number: Number);
    nvmlDeviceSetMemoryLockedClocks(device: Device, number_1: Number, number_2: Number);
    nvmlDeviceSetNvLinkDeviceLowPowerThreshold(device: Device, out: Pointer);
    nvmlDeviceSetNvLinkUtilizationControl(device: Device, number_1: Number, number_2: Number, out: Pointer, number_3: Number);
    nvmlDeviceSetPersistenceMode(device: Device, number: Number);
    nvmlDeviceSetPowerManagementLimit(device: Device, number: Number);
    nvmlDeviceSetPowerManagementLimit_v2(device: Device, out: Pointer);
    nvmlDeviceSetTemperatureThreshold(device: Device, number: Number, out: Pointer);
    nvmlDeviceSetVirtualizationMode(device: Device, number: Number);
    nvmlDeviceValidateInforom(device: Device);
}
