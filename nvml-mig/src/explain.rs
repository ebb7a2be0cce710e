//! What usually causes a refusal, and what to do about it.
//!
//! NVML says `NOT_SUPPORTED` for four different things and never says who uses what, so this asks it again.
//! Everything here runs only after a call has failed, and whatever it can't find out it leaves out.

mod compute_instance;
mod gpu_instance;

use nvml_mig_sys as sys;

use crate::call::{Failure, call};
use crate::device::Device;
use crate::mig_mode::MigMode;
use crate::process::ComputeProcess;
use crate::return_code::ReturnCode;

pub(crate) use compute_instance::{
    compute_instance_by_id, compute_instance_profile, create_compute_instance,
    destroy_compute_instance,
};
pub(crate) use gpu_instance::{
    create_gpu_instance, destroy_gpu_instance, gpu_instance_by_id, gpu_instance_profile,
    unknown_gpu_instance_profile,
};

pub(crate) const NO_MIG: &str = "this GPU has no MIG";

const NO_PERMISSION: &str = "run as root or with CAP_SYS_ADMIN; in a container, start it with \
                             `--cap-add=SYS_ADMIN -e NVIDIA_MIG_CONFIG_DEVICES=all`";

const GONE: &str = "it does not exist any more: another process destroyed it";

/// What helps with a refusal that any call may meet.
fn general(code: ReturnCode) -> Option<String> {
    let text = match code {
        ReturnCode::NoPermission => NO_PERMISSION,
        ReturnCode::GpuIsLost => "the GPU fell off the bus; see `dmesg`, and reboot",
        ReturnCode::ResetRequired => "reset the GPU with `nvidia-smi --gpu-reset`, or reboot",
        _ => return None,
    };
    Some(text.to_owned())
}

/// On looking up a GPU or MIG device.
pub(crate) fn look_up(code: ReturnCode) -> Option<String> {
    match code {
        ReturnCode::InvalidArgument | ReturnCode::NotFound => {
            Some("there is no such device; `nvidia-smi -L` lists what there is".to_owned())
        }
        other => general(other),
    }
}

/// On a call about a GPU or MIG device.
pub(crate) fn device(device: &Device, code: ReturnCode) -> Option<String> {
    match code {
        ReturnCode::NotSupported => no_mig_here(device),
        ReturnCode::InvalidArgument | ReturnCode::NotFound => Some(GONE.to_owned()),
        other => general(other),
    }
}

/// Which of the reasons that NVML calls `NOT_SUPPORTED` keeps MIG from working at all on a GPU.
fn no_mig_here(device: &Device) -> Option<String> {
    let modes = match device.mig_mode_or_failure() {
        Ok(modes) => modes,
        Err(failure) if failure.is(ReturnCode::NotSupported) => return Some(NO_MIG.to_owned()),
        Err(_) => return None,
    };
    if is_vgpu_guest(device) {
        return Some("this is a vGPU guest: its host partitions the GPU".to_owned());
    }
    match (modes.current, modes.pending) {
        (MigMode::Enabled, _) => None,
        (_, MigMode::Enabled) => Some(
            "MIG mode is off until the GPU is reset: stop what runs on it and run `nvidia-smi --gpu-reset`, or reboot"
                .to_owned(),
        ),
        _ => Some(mig_off(device)),
    }
}

fn mig_off(device: &Device) -> String {
    let which = device
        .index()
        .map(|index| format!("-i {index} "))
        .unwrap_or_default();
    format!(
        "MIG mode is off on this GPU: enable it as root with `nvidia-smi {which}-mig 1` or `Device::set_mig_mode`"
    )
}

fn is_vgpu_guest(device: &Device) -> bool {
    let library = device.driver().library();
    let mut mode = sys::nvmlGpuVirtualizationMode::NVML_GPU_VIRTUALIZATION_MODE_NONE;
    let asked = call!(library.nvmlDeviceGetVirtualizationMode(device.handle(), &mut mode));
    asked.is_ok() && mode == sys::nvmlGpuVirtualizationMode::NVML_GPU_VIRTUALIZATION_MODE_VGPU
}

/// On setting MIG mode.
pub(crate) fn set_mode(device: &Device, code: ReturnCode) -> Option<String> {
    match code {
        ReturnCode::NotSupported => Some(NO_MIG.to_owned()),
        ReturnCode::InUse => Some(format!(
            "the GPU is busy: stop what runs on it and destroy its instances first; {}",
            gpu_instance::what_is_there(device)
        )),
        other => general(other),
    }
}

/// Such as `process 4242 (/usr/bin/python3)`, for those processes of a GPU that `concerns` picks.
pub(super) fn processes(
    device: &Device,
    concerns: impl Fn(&ComputeProcess) -> bool,
) -> Vec<String> {
    let all = device.compute_processes_or_failure().unwrap_or_default();
    let describe = |process: &ComputeProcess| match &process.name {
        Some(name) => format!("process {} ({name})", process.pid),
        None => format!("process {}", process.pid),
    };
    all.iter()
        .filter(|process| concerns(process))
        .map(describe)
        .collect()
}

/// What became of an instance that NVML made and then would not describe.
pub(crate) fn undone(what: &str, undone: Result<(), Failure>) -> String {
    match undone {
        Ok(()) => {
            format!("the {what} was made and could not be read back, so it was destroyed again")
        }
        Err(_) => format!(
            "the {what} was made and could neither be read back nor destroyed: look for it with `nvidia-smi mig`"
        ),
    }
}
