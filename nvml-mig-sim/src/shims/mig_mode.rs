//! Queries and changes MIG mode.

use core::ffi::c_uint;

use nvml_mig_sys::{NVML_DEVICE_MIG_DISABLE, NVML_DEVICE_MIG_ENABLE, nvmlDevice_t, nvmlReturn_t};

use super::call;
use super::pointers::{Out, number, status};
use crate::machine::Refusal;

/// Returns the current and the pending mode.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetMigMode(
    device: nvmlDevice_t,
    current_mode: Out<c_uint>,
    pending_mode: Out<c_uint>,
) -> nvmlReturn_t {
    call!(
        answer,
        nvmlDeviceGetMigMode(device, current_mode, pending_mode),
        |machine| {
            let gpu = machine.gpu(number(device))?;
            current_mode.require()?;
            pending_mode.require()?;
            if !gpu.has_mig() {
                return Err(Refusal::NotSupported);
            }
            current_mode.write(gpu.mig_mode.current.into())?;
            pending_mode.write(gpu.mig_mode.pending.into())
        }
    )
}

/// Requests a mode. The activation status is written only if the call succeeds.
#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceSetMigMode(
    device: nvmlDevice_t,
    mode: c_uint,
    activation_status: Out<nvmlReturn_t>,
) -> nvmlReturn_t {
    call!(
        change,
        nvmlDeviceSetMigMode(device, mode, activation_status),
        |machine| {
            let index = machine.gpu(number(device))?.index;
            activation_status.require()?;
            let on = match mode {
                NVML_DEVICE_MIG_DISABLE => false,
                NVML_DEVICE_MIG_ENABLE => true,
                _ => return Err(Refusal::InvalidArgument),
            };
            machine.caller.require_privilege()?;
            let activation = machine.gpu_mut(index)?.set_mig_mode(on)?;
            activation_status.write(status(activation.code()))
        }
    )
}
