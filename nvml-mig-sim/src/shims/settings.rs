//! Settings of GPUs apart from MIG mode. They are those of a new board in a server, and can't be changed. MIG devices
//! answer like their GPU.

use core::ffi::{c_uint, c_ulonglong};

use nvml_mig_sys::{nvmlDevice_t, nvmlEnableState_t, nvmlReturn_t};

use super::call;
use super::pointers::{Out, number};
use crate::machine::{Answer, Caller, Device, Gpu, Refusal};

/// The first value that is not an `nvmlMemoryErrorType_t`.
const MEMORY_ERROR_TYPES: c_uint = 2;
/// The first value that is not an `nvmlEccCounterType_t`.
const ECC_COUNTER_TYPES: c_uint = 2;
/// The first value that is not an `nvmlMemoryLocation_t`.
const MEMORY_LOCATIONS: c_uint = 8;
/// `NVML_COMPUTEMODE_DEFAULT`: any number of processes may use the GPU.
const COMPUTE_MODE_DEFAULT: c_uint = 0;
/// `NVML_TOPOLOGY_INTERNAL`: the same board.
const TOPOLOGY_INTERNAL: c_uint = 0;
/// `NVML_TOPOLOGY_NODE`: the same NUMA node, perhaps other host bridges.
const TOPOLOGY_NODE: c_uint = 40;

/// ECC is on by default on boards for servers, and off on those for workstations and displays. This is a rule by name;
/// no board's setting was read.
fn ecc(gpu: &Gpu) -> nvmlEnableState_t {
    let name = gpu.board.name;
    if name.contains("Workstation") || name.contains("Display") {
        return nvmlEnableState_t::NVML_FEATURE_DISABLED;
    }
    nvmlEnableState_t::NVML_FEATURE_ENABLED
}

/// Returns whether ECC is on, now and after the next reboot.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetEccMode(
    device: nvmlDevice_t,
    current: Out<nvmlEnableState_t>,
    pending: Out<nvmlEnableState_t>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetEccMode(device, current, pending),
        |machine| {
            let ecc = ecc(machine.device(number(device))?.gpu());
            pending.require()?;
            current.write(ecc)?;
            pending.write(ecc)
        }
    )
}

/// Returns the setting of a new board.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetDefaultEccMode(
    device: nvmlDevice_t,
    default: Out<nvmlEnableState_t>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetDefaultEccMode(device, default),
        |machine| default.write(ecc(machine.device(number(device))?.gpu()))
    )
}

/// Checks that a device counts errors. Boards without ECC do not, nor do GPUs with MIG mode on, whose MIG devices do.
fn require_error_count(device: &Device<'_>, error_type: c_uint, counter_type: c_uint) -> Answer {
    if error_type >= MEMORY_ERROR_TYPES || counter_type >= ECC_COUNTER_TYPES {
        return Err(Refusal::InvalidArgument);
    }
    let is_split = matches!(device, Device::Gpu(gpu) if gpu.mig_mode.current);
    if is_split || ecc(device.gpu()) == nvmlEnableState_t::NVML_FEATURE_DISABLED {
        return Err(Refusal::NotSupported);
    }
    Ok(())
}

/// Returns 0: simulated memory has no errors.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetTotalEccErrors(
    device: nvmlDevice_t,
    error_type: c_uint,
    counter_type: c_uint,
    count: Out<c_ulonglong>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetTotalEccErrors(device, error_type, counter_type, count),
        |machine| {
            let found = machine.device(number(device))?;
            count.require()?;
            require_error_count(&found, error_type, counter_type)?;
            count.write(0)
        }
    )
}

/// Returns 0 in every kind of memory.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetMemoryErrorCounter(
    device: nvmlDevice_t,
    error_type: c_uint,
    counter_type: c_uint,
    location: c_uint,
    count: Out<c_ulonglong>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetMemoryErrorCounter(device, error_type, counter_type, location, count),
        |machine| {
            let found = machine.device(number(device))?;
            count.require()?;
            if location >= MEMORY_LOCATIONS {
                return Err(Refusal::InvalidArgument);
            }
            require_error_count(&found, error_type, counter_type)?;
            count.write(0)
        }
    )
}

/// Returns off: no monitor is attached.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetDisplayMode(
    device: nvmlDevice_t,
    display: Out<nvmlEnableState_t>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetDisplayMode(device, display),
        |machine| {
            machine.device(number(device))?;
            display.write(nvmlEnableState_t::NVML_FEATURE_DISABLED)
        }
    )
}

/// Returns off: no display server uses the GPU.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetDisplayActive(
    device: nvmlDevice_t,
    active: Out<nvmlEnableState_t>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetDisplayActive(device, active),
        |machine| {
            machine.device(number(device))?;
            active.write(nvmlEnableState_t::NVML_FEATURE_DISABLED)
        }
    )
}

/// Returns that any number of processes may use the GPU.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetComputeMode(
    device: nvmlDevice_t,
    mode: Out<c_uint>,
) -> nvmlReturn_t {
    call!(answer, nvmlDeviceGetComputeMode(device, mode), |machine| {
        machine.device(number(device))?;
        mode.write(COMPUTE_MODE_DEFAULT)
    })
}

/// Accepts on, which has no effect, and refuses off: a simulated driver is never unloaded.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceSetPersistenceMode(
    device: nvmlDevice_t,
    mode: nvmlEnableState_t,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceSetPersistenceMode(device, mode),
        |machine| {
            machine.gpu(number(device))?;
            match mode {
                _ if machine.caller != Caller::Root => Err(Refusal::NoPermission),
                nvmlEnableState_t::NVML_FEATURE_ENABLED => Ok(()),
                nvmlEnableState_t::NVML_FEATURE_DISABLED => Err(Refusal::NotSupported),
                _ => Err(Refusal::InvalidArgument),
            }
        }
    )
}

/// Returns how far apart two GPUs are: a simulated machine has one NUMA node, and each GPU a bus of its own.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetTopologyCommonAncestor(
    device_1: nvmlDevice_t,
    device_2: nvmlDevice_t,
    level: Out<c_uint>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetTopologyCommonAncestor(device_1, device_2, level),
        |machine| {
            let (first, second) = (number(device_1), number(device_2));
            let first = machine.gpu(first)?.index;
            let is_same = first == machine.gpu(second)?.index;
            level.write(if is_same {
                TOPOLOGY_INTERNAL
            } else {
                TOPOLOGY_NODE
            })
        }
    )
}
