//! What `nvidia-smi --gpu-reset` calls: whether a GPU is the primary one, whether GPUs are connected by a fabric, which
//! other GPUs must be reset together with those that were named, and the reset itself. Each is known from the arguments that nvidia-smi 535.261.03 and 550.163.01 pass, and from what they
//! print for each answer.

use core::ffi::{c_char, c_uint};

use nvml_mig_sys::{nvmlDevice_t, nvmlReturn_t};

use crate::machine::Refusal;
use crate::shims::call;
use crate::shims::pointers::{Out, number};

/// The one set of GPUs that are reset together; it has no other members than those that were named.
const GROUP: usize = 1;

/// No simulated GPU shows the console.
pub(super) unsafe extern "C" fn is_primary(
    device: nvmlDevice_t,
    primary: Out<c_uint>,
) -> nvmlReturn_t {
    call!(answer, internalIsPrimaryGpu(device), |machine| {
        machine.gpu(number(device))?;
        primary.write(0)
    })
}

/// There is no fabric, as `NVSwitch` would be.
pub(super) unsafe extern "C" fn fabric_state(state: Out<c_uint>) -> nvmlReturn_t {
    call!(answer, internalFabricState(state), |_| state.write(0))
}

/// Returns the GPUs that are reset together with these.
pub(super) unsafe extern "C" fn open_group(
    group: Out<usize>,
    devices: Out<nvmlDevice_t>,
    count: c_uint,
    _flags: c_uint,
) -> nvmlReturn_t {
    call!(answer, internalOpenResetGroup(devices, count), |_| {
        devices.require()?;
        group.write(GROUP)
    })
}

/// Returns the PCI addresses of the GPUs that were not named. There are none.
pub(super) unsafe extern "C" fn others_of_group(
    _group: usize,
    _addresses: Out<*mut c_char>,
    count: Out<c_uint>,
) -> nvmlReturn_t {
    call!(answer, internalResetGroup(count), |_| count.write(0))
}

pub(super) extern "C" fn close_group(_group: usize) -> nvmlReturn_t {
    nvmlReturn_t::NVML_SUCCESS
}

/// Resets GPUs: all of them, or none if one is in use.
pub(super) unsafe extern "C" fn reset(
    count: c_uint,
    devices: Out<nvmlDevice_t>,
    _results: Out<nvmlReturn_t>,
    _reserved: Out<c_uint>,
) -> nvmlReturn_t {
    call!(change, internalResetGpus(count, devices), |machine| {
        machine.caller.require_privilege()?;
        let known = 0..machine.gpus().len().min(count as usize);
        let indices = known.map(|at| {
            let device = devices.at(at)?.read()?;
            Ok(machine.gpu(number(device))?.index)
        });
        let indices = indices.collect::<Result<Vec<u32>, Refusal>>()?;
        machine.reset_gpus(&indices)
    })
}
