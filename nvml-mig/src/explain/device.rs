//! Hints for failed calls about GPUs and MIG devices.

use crate::driver::call::Failure;
use crate::error::environment::{Environment, Place};
use crate::error::hint::{self, Hint};
use crate::error::{Cause, ReturnCode};
use crate::query::{Device, MigDevice, MigMode, MigModes, ProcessInfo, process_names};

/// Explains a failed call about a GPU or MIG device.
pub(crate) fn device(device: &Device, code: ReturnCode) -> Option<Hint> {
    match code {
        ReturnCode::NotSupported => no_mig_here(device),
        ReturnCode::InvalidArgument | ReturnCode::NotFound => no_longer_answers(device),
        other => hint::general(other),
    }
}

/// Explains a failed query of the memory of a GPU or MIG device. What a whole GPU refuses, its MIG devices may answer.
pub(crate) fn memory(device: &Device, code: ReturnCode) -> Option<Hint> {
    let is_mig_device = || {
        MigDevice::new(device.clone())
            .gpu_instance_id_or_failure()
            .is_ok()
    };
    match code {
        ReturnCode::NoPermission if is_mig_device() => {
            let function = "nvmlDeviceGetGpuInstanceId";
            Some(hint::no_permission(function, &Environment::read()))
        }
        other => self::device(device, other),
    }
}

/// Explains why a device that was opened does not answer. MIG devices are destroyed, but GPUs were seen to end so, too.
fn no_longer_answers(device: &Device) -> Option<Hint> {
    let is_gone = device.uuid_or_failure().is_err();
    is_gone.then(|| match device.is_known_gpu() {
        true => hint::gpu_gone(),
        false => hint::mig_device_gone(),
    })
}

/// Explains a failed lookup of a MIG device by its index.
pub(crate) fn mig_device_by_index(device: &Device, code: ReturnCode) -> Option<Hint> {
    if code != ReturnCode::InvalidArgument {
        return self::device(device, code);
    }
    let most = device
        .max_mig_device_count_or_failure()
        .ok()
        .filter(|most| *most > 0);
    no_mig_here(device).or_else(|| {
        let text = format!(
            "indices of MIG devices on this GPU are 0 to {}",
            most?.saturating_sub(1)
        );
        Some(Cause::Gone.hint(text))
    })
}

/// Explains why no MIG device has this index, which the GPU could have.
pub(crate) fn no_mig_device_at(device: &Device, index: u32) -> Hint {
    no_mig_here(device).unwrap_or_else(|| {
        let text =
            format!("no MIG device of this GPU has index {index}; list them with `nvidia-smi -L`");
        Cause::Gone.hint(text)
    })
}

/// Explains why a device was not found on a machine with GPUs that can't be read, by index and return code.
pub(crate) fn not_on_open_gpus(refused: &[(u32, Option<ReturnCode>)]) -> Hint {
    let gpu = |(index, code): &(u32, Option<ReturnCode>)| match code {
        Some(code) => format!("GPU {index}: {code}"),
        None => format!("GPU {index}"),
    };
    let gpus: Vec<String> = refused.iter().map(gpu).collect();
    let text = format!(
        "no such device exists on the GPUs that can be read; it may be on one that can't be ({})",
        gpus.join(", ")
    );
    Cause::Gone.hint(text)
}

/// Returns why MIG does not work on a GPU at all; NVML returns `NOT_SUPPORTED` for each of these reasons.
pub(super) fn no_mig_here(device: &Device) -> Option<Hint> {
    match device.mig_mode_or_failure() {
        Ok(modes) => no_mig_in(device, modes, device.is_vgpu_guest()),
        Err(failure) => failure
            .is(ReturnCode::NotSupported)
            .then(hint::not_mig_capable),
    }
}

/// The same, if the MIG modes are known, and whether the machine is a vGPU guest.
pub(crate) fn no_mig_in(device: &Device, modes: MigModes, is_vgpu_guest: bool) -> Option<Hint> {
    if is_vgpu_guest {
        return Some(hint::vgpu_guest());
    }
    match (modes.current(), modes.pending()) {
        (MigMode::Enabled, _) => None,
        (_, MigMode::Enabled) => Some(hint::mig_pending(
            Place::read(),
            &nvidia_smi_id(device),
            device.is_pass_through(),
        )),
        _ => Some(mig_off(device)),
    }
}

fn mig_off(device: &Device) -> Hint {
    hint::mig_off(Place::read(), &nvidia_smi_id(device))
}

/// What `nvidia-smi -i` takes for this GPU. Without it, many commands of nvidia-smi concern all GPUs of the machine. It is
/// the UUID, since the index in a container may be that of another GPU on the host.
pub(super) fn nvidia_smi_id(device: &Device) -> String {
    device
        .uuid_for_messages()
        .unwrap_or_else(|| "ID".to_owned())
}

/// The hint for an object in use by these instances and processes. Some clients appear in none of NVML's lists.
pub(super) fn in_use(
    instances: Vec<String>,
    processes: Result<Vec<String>, Failure>,
    of_users: impl FnOnce(&str) -> String,
) -> Hint {
    let unlisted = match processes {
        Ok(_) => "but NVML lists no process on it",
        Err(_) => "and the processes on it could not be read",
    };
    let users = [instances, processes.unwrap_or_default()].concat();
    Cause::InUse.hint(if users.is_empty() {
        format!(
            "it is in use, {unlisted}; stop programs that keep the driver open, such as DCGM and its exporter, \
             nvidia-persistenced, Xorg or a device plugin, and unload the kernel module nvidia_drm"
        )
    } else {
        of_users(&users.join(", "))
    })
}

/// Describes the processes of a GPU that `concerns` selects, such as `process 4242 (/usr/bin/python3)`.
pub(super) fn processes(
    device: &Device,
    concerns: impl Fn(&ProcessInfo) -> bool,
) -> Result<Vec<String>, Failure> {
    let all = device.processes_or_failure()?;
    let concerned = all.iter().filter(|process| concerns(process));
    Ok(process_names(concerned))
}
