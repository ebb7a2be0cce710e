//! What usually causes a refusal, and what to do about it.
//!
//! NVML says `NOT_SUPPORTED` for four different things and never says who uses what, so this asks it again.
//! Everything here runs only after a call has failed, and whatever it can't find out it leaves out.

mod compute_instance;
mod gpu_instance;

use nvml_mig_sys as sys;

use crate::call::{Failure, call};
use crate::device::Device;
use crate::error::{Cause, Hint};
use crate::mig_mode::MigMode;
use crate::process::ComputeProcess;
use crate::return_code::ReturnCode;

pub(crate) use compute_instance::{
    compute_instance_by_id, compute_instance_profile, create_compute_instance,
    destroy_compute_instance,
};
pub(crate) use gpu_instance::{
    create_gpu_instance, destroy_gpu_instance, gpu_instance_by_id, gpu_instance_profile,
    gpu_instance_profile_id, no_room, users_of_gpu,
};

/// On starting NVML.
pub(crate) fn init(code: ReturnCode) -> Option<Hint> {
    Some(match code {
        ReturnCode::DriverNotLoaded => Cause::DriverNotLoaded.hint(
            "driver not loaded: the library is installed and its kernel driver is not running; load it with \
             `modprobe nvidia`, and see `dmesg` if that fails",
        ),
        ReturnCode::LibraryDriverVersionMismatch => Cause::DriverVersionMismatch.hint(
            "the library and the running kernel driver are of different versions, as after an update; reboot, \
             or unload and load the kernel driver",
        ),
        ReturnCode::NoPermission => Cause::NoPermission.hint(
            "this process may not open /dev/nvidiactl; check the permissions of the device files, and in a \
             container that the GPU was passed in",
        ),
        _ => return None,
    })
}

/// On a refusal that any call may meet.
pub(crate) fn general(code: ReturnCode) -> Option<Hint> {
    Some(match code {
        ReturnCode::NoPermission => Cause::NoPermission.hint(
            "run as root or with CAP_SYS_ADMIN; in a container, start it with \
             `--cap-add=SYS_ADMIN -e NVIDIA_MIG_CONFIG_DEVICES=all`",
        ),
        ReturnCode::GpuIsLost => {
            Cause::GpuBroken.hint("the GPU fell off the bus; see `dmesg`, and reboot")
        }
        ReturnCode::ResetRequired => {
            Cause::GpuBroken.hint("reset the GPU with `nvidia-smi --gpu-reset`, or reboot")
        }
        _ => return None,
    })
}

/// On looking up a GPU or MIG device.
pub(crate) fn look_up(code: ReturnCode) -> Option<Hint> {
    match code {
        ReturnCode::NoPermission => Some(Cause::NoPermission.hint(
            "this process may not open the GPU's /dev/nvidiaN; check the permissions of the device files, and in a \
             container that this GPU was passed in",
        )),
        ReturnCode::InvalidArgument | ReturnCode::NotFound => {
            let text = "there is no such device; `nvidia-smi -L` lists what there is";
            Some(Cause::Gone.hint(text))
        }
        other => general(other),
    }
}

/// On a call about a GPU or MIG device.
pub(crate) fn device(device: &Device, code: ReturnCode) -> Option<Hint> {
    match code {
        ReturnCode::NotSupported => no_mig_here(device),
        // A GPU does not go, and answers; what does not is a MIG device.
        ReturnCode::InvalidArgument | ReturnCode::NotFound => {
            device.uuid_or_failure().is_err().then(mig_device_gone)
        }
        other => general(other),
    }
}

fn mig_device_gone() -> Hint {
    let text = "this MIG device does not exist any more: its compute instance was destroyed";
    Cause::Gone.hint(text)
}

/// On finding a MIG device by its index.
pub(crate) fn mig_device_by_index(device: &Device, code: ReturnCode) -> Option<Hint> {
    if code != ReturnCode::InvalidArgument {
        return self::device(device, code);
    }
    let most = device.max_mig_device_count().ok().filter(|most| *most > 0);
    no_mig_here(device).or_else(|| {
        let text = format!(
            "indices of MIG devices on this GPU are 0 to {}",
            most?.saturating_sub(1)
        );
        Some(Cause::Gone.hint(text))
    })
}

fn gone() -> Hint {
    Cause::Gone.hint("it does not exist any more: this or another process destroyed it")
}

/// On asking for MIG mode.
pub(crate) fn mig_mode(code: ReturnCode) -> Option<Hint> {
    match code {
        ReturnCode::NotSupported => Some(not_mig_capable()),
        other => general(other),
    }
}

fn not_mig_capable() -> Hint {
    Cause::NotMigCapable.hint("this GPU has no MIG")
}

/// Which of the reasons that NVML calls `NOT_SUPPORTED` keeps MIG from working at all on a GPU.
pub(crate) fn no_mig_here(device: &Device) -> Option<Hint> {
    let modes = match device.mig_mode_or_failure() {
        Ok(modes) => modes,
        Err(failure) if failure.is(ReturnCode::NotSupported) => return Some(not_mig_capable()),
        Err(_) => return None,
    };
    if is_vgpu_guest(device) {
        return Some(vgpu_guest());
    }
    match (modes.current, modes.pending) {
        (MigMode::Enabled, _) => None,
        (_, MigMode::Enabled) => Some(Cause::MigPending.hint(
            "MIG mode is off until the GPU is reset: stop what runs on it and run `nvidia-smi --gpu-reset`, \
             or reboot",
        )),
        _ => Some(Cause::MigDisabled.hint(mig_off(device))),
    }
}

fn vgpu_guest() -> Hint {
    Cause::VgpuGuest.hint("this is a vGPU guest: its host partitions the GPU")
}

fn mig_off(device: &Device) -> String {
    let index = device.index();
    let which = index
        .map(|index| format!("-i {index} "))
        .unwrap_or_default();
    format!(
        "MIG mode is off on this GPU: enable it as root with `nvidia-smi {which}-mig 1` or `Device::set_mig_mode`"
    )
}

pub(crate) fn is_vgpu_guest(device: &Device) -> bool {
    let guest = sys::nvmlGpuVirtualizationMode::NVML_GPU_VIRTUALIZATION_MODE_VGPU;
    virtualization(device) == Some(guest)
}

/// Whether this is a virtual machine to which the whole GPU was given.
pub(crate) fn is_pass_through(device: &Device) -> bool {
    let given = sys::nvmlGpuVirtualizationMode::NVML_GPU_VIRTUALIZATION_MODE_PASSTHROUGH;
    virtualization(device) == Some(given)
}

fn virtualization(device: &Device) -> Option<sys::nvmlGpuVirtualizationMode> {
    let library = device.driver().library();
    let mut mode = sys::nvmlGpuVirtualizationMode::NVML_GPU_VIRTUALIZATION_MODE_NONE;
    call!(library.nvmlDeviceGetVirtualizationMode(device.handle(), &mut mode)).ok()?;
    Some(mode)
}

/// On setting MIG mode.
pub(crate) fn set_mig_mode(device: &Device, code: ReturnCode) -> Option<Hint> {
    match code {
        ReturnCode::NotSupported if is_vgpu_guest(device) => Some(vgpu_guest()),
        ReturnCode::InUse => Some(Cause::InUse.hint(format!(
            "the GPU is busy: stop what runs on it and destroy its instances first; {}",
            gpu_instance::what_is_there(device)
        ))),
        other => mig_mode(other),
    }
}

/// Such as `process 4242 (/usr/bin/python3)`, for those processes of a GPU that `concerns` picks.
fn processes(device: &Device, concerns: impl Fn(&ComputeProcess) -> bool) -> Vec<String> {
    let all = device.compute_processes_or_failure().unwrap_or_default();
    let describe = |process: &ComputeProcess| match &process.name {
        Some(name) => format!("process {} ({name})", process.pid),
        None => format!("process {}", process.pid),
    };
    let concerned = all.iter().filter(|process| concerns(process));
    concerned.map(describe).collect()
}

/// What became of an instance that NVML made and then would not describe.
pub(crate) fn not_read_back(what: &str, undone: Result<(), Failure>) -> Hint {
    Cause::NotReadBack.hint(match undone {
        Ok(()) => {
            format!("the {what} was made and could not be read back, so it was destroyed again")
        }
        Err(_) => format!(
            "the {what} was made and could neither be read back nor destroyed: look for it with `nvidia-smi mig`"
        ),
    })
}
