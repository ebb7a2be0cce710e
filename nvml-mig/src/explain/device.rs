//! On GPUs and MIG devices.

use crate::error::hint::{self, Hint};
use crate::error::{Cause, ReturnCode};
use crate::query::{Device, MigMode, MigModes, ProcessInfo};

/// On a call about a GPU or MIG device.
pub(crate) fn device(device: &Device, code: ReturnCode) -> Option<Hint> {
    match code {
        ReturnCode::NotSupported => no_mig_here(device),
        // A GPU does not go, and answers; what does not is a MIG device.
        ReturnCode::InvalidArgument | ReturnCode::NotFound => device
            .uuid_or_failure()
            .is_err()
            .then(hint::mig_device_gone),
        other => hint::general(other),
    }
}

/// On finding a MIG device by its index.
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

/// Which of the reasons that NVML calls `NOT_SUPPORTED` keeps MIG from working at all on a GPU.
pub(super) fn no_mig_here(device: &Device) -> Option<Hint> {
    match device.mig_mode_or_failure() {
        Ok(modes) => no_mig_in(device, modes, device.is_vgpu_guest()),
        Err(failure) => failure
            .is(ReturnCode::NotSupported)
            .then(hint::not_mig_capable),
    }
}

/// The same for a GPU of which the MIG modes are known, and whether it is a share of one.
pub(crate) fn no_mig_in(device: &Device, modes: MigModes, is_vgpu_guest: bool) -> Option<Hint> {
    if is_vgpu_guest {
        return Some(hint::vgpu_guest());
    }
    match (modes.current(), modes.pending()) {
        (MigMode::Enabled, _) => None,
        (_, MigMode::Enabled) => Some(Cause::MigPending.hint(
            "MIG mode is off until the GPU is reset: stop what runs on it and run `nvidia-smi --gpu-reset`, \
             or reboot",
        )),
        _ => Some(Cause::MigDisabled.hint(mig_off(device))),
    }
}

fn mig_off(device: &Device) -> String {
    let index = device.index_or_failure();
    let which = index
        .map(|index| format!("-i {index} "))
        .unwrap_or_default();
    format!(
        "MIG mode is off on this GPU: enable it as root with `nvidia-smi {which}-mig 1` or `Device::set_mig_mode`"
    )
}

/// On something in use by no process in NVML's lists: some programs keep it open without being in a list.
pub(super) const NO_PROCESS_LISTED: &str = "it is in use, but NVML lists no process on it; stop programs that keep the \
     driver open, such as DCGM and its exporter, nvidia-persistenced, a display server or a device plugin";

/// Such as `process 4242 (/usr/bin/python3)`, for those processes of a GPU that `concerns` picks.
pub(super) fn processes(device: &Device, concerns: impl Fn(&ProcessInfo) -> bool) -> Vec<String> {
    let all = device.processes_or_failure().unwrap_or_default();
    let describe = |process: &ProcessInfo| match &process.name {
        Some(name) => format!("process {} ({name})", process.pid),
        None => format!("process {}", process.pid),
    };
    let concerned = all.iter().filter(|process| concerns(process));
    // One that computes and draws is in two lists.
    let mut texts: Vec<String> = concerned.map(describe).collect();
    texts.sort_unstable();
    texts.dedup();
    texts
}
