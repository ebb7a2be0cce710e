//! Writes down each call that changes the machine, before the lie or the driver can refuse it.

use core::ffi::c_uint;
use std::fmt;
use std::sync::{Mutex, OnceLock, PoisonError};

use nvml_mig_sys::{self as sys, NvmlSymbols, nvmlReturn_t};

use crate::driver::honest;

/// The table behind the witness.
static TOLD: OnceLock<NvmlSymbols> = OnceLock::new();
static CALLS: Mutex<Vec<Call>> = Mutex::new(Vec::new());

/// A call that changes the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) function: &'static str,
    /// What it destroys, as the honest driver names it.
    pub(crate) destroys: Option<Identity>,
}

/// A GPU instance, or a compute instance in it, of the GPU with this handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Identity {
    pub(crate) gpu: usize,
    pub(crate) gpu_instance: u32,
    pub(crate) compute_instance: Option<u32>,
}

impl Identity {
    /// The GPU instance that it is, or is in.
    pub(crate) const fn whole(self) -> Self {
        Self {
            compute_instance: None,
            ..self
        }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GPU instance {}", self.gpu_instance)?;
        match self.compute_instance {
            Some(inside) => write!(f, ", compute instance {inside}"),
            None => Ok(()),
        }
    }
}

/// The calls since the last time.
pub(crate) fn take() -> Vec<Call> {
    core::mem::take(&mut *CALLS.lock().unwrap_or_else(PoisonError::into_inner))
}

fn note(function: &'static str, destroys: Option<Identity>) {
    let mut calls = CALLS.lock().unwrap_or_else(PoisonError::into_inner);
    calls.push(Call { function, destroys });
}

fn told() -> &'static NvmlSymbols {
    TOLD.get().expect("a table was made")
}

/// What the honest driver says of the handle of a GPU instance; `None` if there is none.
pub(crate) fn gpu_instance(handle: sys::nvmlGpuInstance_t) -> Option<Identity> {
    let mut info = sys::nvmlGpuInstanceInfo_t::default();
    // SAFETY: the honest driver checks handles; the structure is its own.
    let code = unsafe { (honest().nvmlGpuInstanceGetInfo)(handle, &raw mut info) };
    (code == nvmlReturn_t::NVML_SUCCESS).then(|| Identity {
        gpu: info.device.addr(),
        gpu_instance: info.id,
        compute_instance: None,
    })
}

/// The same of a compute instance.
pub(crate) fn compute_instance(handle: sys::nvmlComputeInstance_t) -> Option<Identity> {
    let mut info = sys::nvmlComputeInstanceInfo_t::default();
    // SAFETY: the honest driver checks handles; the structure is its own.
    let code = unsafe { (honest().nvmlComputeInstanceGetInfo_v2)(handle, &raw mut info) };
    let whole = gpu_instance(info.gpuInstance)?;
    (code == nvmlReturn_t::NVML_SUCCESS).then_some(Identity {
        compute_instance: Some(info.id),
        ..whole
    })
}

/// The same of a MIG device.
pub(crate) fn mig_device(handle: sys::nvmlDevice_t) -> Option<Identity> {
    let mut gpu = core::ptr::null_mut();
    let (mut gpu_instance, mut compute_instance) = (0, 0);
    let honest = honest();
    let codes = [
        // SAFETY: the honest driver checks handles, and writes a handle.
        unsafe { (honest.nvmlDeviceGetDeviceHandleFromMigDeviceHandle)(handle, &raw mut gpu) },
        // SAFETY: the honest driver checks handles, and writes a number.
        unsafe { (honest.nvmlDeviceGetGpuInstanceId)(handle, &raw mut gpu_instance) },
        // SAFETY: the honest driver checks handles, and writes a number.
        unsafe { (honest.nvmlDeviceGetComputeInstanceId)(handle, &raw mut compute_instance) },
    ];
    (codes == [nvmlReturn_t::NVML_SUCCESS; 3]).then(|| Identity {
        gpu: gpu.addr(),
        gpu_instance,
        compute_instance: Some(compute_instance),
    })
}

/// Writes the functions that take the place of those that change the machine, and that of the table with them in it.
macro_rules! watched {
    ($($name:ident = $function:ident($($argument:ident: $type:ty),*) destroys $destroys:expr;)*) => {
        $(unsafe extern "C" fn $name($($argument: $type),*) -> nvmlReturn_t {
            note(stringify!($function), $destroys);
            // SAFETY: the arguments are those of the caller.
            unsafe { (told().$function)($($argument),*) }
        })*

        /// The table, with a witness of each call that changes the machine. What it lacks, it lacks still.
        pub(crate) fn watched(told: NvmlSymbols) -> NvmlSymbols {
            let mut table = *TOLD.get_or_init(|| told);
            $(if !core::ptr::fn_addr_eq(told.$function, NvmlSymbols::LACKING.$function) {
                table.$function = $name;
            })*
            table
        }
    };
}

watched! {
    destroy_gpu_instance = nvmlGpuInstanceDestroy(handle: sys::nvmlGpuInstance_t) destroys gpu_instance(handle);
    destroy_compute_instance = nvmlComputeInstanceDestroy(handle: sys::nvmlComputeInstance_t) destroys compute_instance(handle);
    create_gpu_instance = nvmlDeviceCreateGpuInstance(device: sys::nvmlDevice_t, profile: c_uint, made: *mut sys::nvmlGpuInstance_t) destroys None;
    create_gpu_instance_at = nvmlDeviceCreateGpuInstanceWithPlacement(device: sys::nvmlDevice_t, profile: c_uint, place: *const sys::nvmlGpuInstancePlacement_t, made: *mut sys::nvmlGpuInstance_t) destroys None;
    create_compute_instance = nvmlGpuInstanceCreateComputeInstance(of: sys::nvmlGpuInstance_t, profile: c_uint, made: *mut sys::nvmlComputeInstance_t) destroys None;
    create_compute_instance_at = nvmlGpuInstanceCreateComputeInstanceWithPlacement(of: sys::nvmlGpuInstance_t, profile: c_uint, place: *const sys::nvmlComputeInstancePlacement_t, made: *mut sys::nvmlComputeInstance_t) destroys None;
    set_mig_mode = nvmlDeviceSetMigMode(device: sys::nvmlDevice_t, mode: c_uint, status: *mut nvmlReturn_t) destroys None;
}
