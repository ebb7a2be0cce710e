//! The machine apart from its GPUs: units, confidential computing, GPM streaming, and functions missing from nvml.h.

use super::{Buffer, Device, Number, Pointer, Unit, not_simulated};

not_simulated! {
    nvmlGpmQueryIfStreamingEnabled(device: Device, out: Pointer);
    nvmlGpmSetStreamingEnabled(device: Device, number: Number);
    nvmlSystemGetConfComputeCapabilities(out: Pointer);
    nvmlSystemGetConfComputeGpusReadyState(out: Pointer);
    nvmlSystemGetConfComputeKeyRotationThresholdInfo(out: Pointer);
    nvmlSystemGetConfComputeSettings(out: Pointer);
    nvmlSystemGetConfComputeState(out: Pointer);
    nvmlSystemGetHicVersion(out: Pointer, buffer: Buffer);
    nvmlSystemGetNvlinkBwMode(out: Pointer);
    nvmlSystemGetTopologyGpuSet(number: Number, out: Pointer, buffer: Buffer);
    nvmlSystemSetConfComputeGpusReadyState(number: Number);
    nvmlSystemSetConfComputeKeyRotationThresholdInfo(out: Pointer);
    nvmlSystemSetNvlinkBwMode(number: Number);
    nvmlUnitGetDevices(unit: Unit, out: Pointer, buffer: Buffer);
    nvmlUnitGetFanSpeedInfo(unit: Unit, out: Pointer);
    nvmlUnitGetLedState(unit: Unit, out: Pointer);
    nvmlUnitGetPsuInfo(unit: Unit, out: Pointer);
    nvmlUnitGetTemperature(unit: Unit, number: Number, out: Pointer);
    nvmlUnitGetUnitInfo(unit: Unit, out: Pointer);
    nvmlUnitSetLedState(unit: Unit, number: Number);
}
