//! The machine apart from its GPUs: units, confidential computing, GPM streaming, and functions missing from nvml.h.

use nvml_mig_sys::nvmlReturn_t;

use super::{Buffer, Device, Number, Pointer, Unit, not_simulated};
use crate::machine::Refusal;
use crate::shims::call;

/// What NVIDIA's libraries 470.256.02 and 525.147.05 return before initialisation; it is no code of nvml.h.
const RETRY_BEFORE_START: u32 = 89;

/// A private function of older libraries, without parameters that are known.
#[unsafe(no_mangle)]
extern "C" fn nvmlRetry_NvRmControl() -> nvmlReturn_t {
    call!(
        answer_any_time,
        nvmlRetry_NvRmControl(),
        |started, _machine| {
            Err(if started {
                Refusal::NotSupported
            } else {
                Refusal::Injected(RETRY_BEFORE_START)
            })
        }
    )
}

not_simulated! {
    nvmlGpmQueryIfStreamingEnabled(device: Device, out: Pointer);
    nvmlGpmSetStreamingEnabled(device: Device, number: Number);
    nvmlSystemEventSetCreate(out: Pointer);
    nvmlSystemEventSetFree(out: Pointer);
    nvmlSystemEventSetWait(out: Pointer);
    nvmlSystemGetCPER_v1(out: Pointer);
    nvmlSystemGetConfComputeCapabilities(out: Pointer);
    nvmlSystemGetConfComputeGpusReadyState(out: Pointer);
    nvmlSystemGetConfComputeKeyRotationThresholdInfo(out: Pointer);
    nvmlSystemGetConfComputeSettings(out: Pointer);
    nvmlSystemGetConfComputeSettings_v2(out: Pointer);
    nvmlSystemGetConfComputeState(out: Pointer);
    nvmlSystemGetDriverBranch(out: Pointer, number: Number);
    nvmlSystemGetHicVersion(out: Pointer, buffer: Buffer);
    nvmlSystemGetNvlinkBwMode(out: Pointer);
    nvmlSystemGetTopologyGpuSet(number: Number, out: Pointer, buffer: Buffer);
    nvmlSystemRegisterEvents(out: Pointer);
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
