//! Hints for failed calls about vGPUs on GPU instances.

use super::device::no_mig_here;
use crate::architecture::Architecture;
use crate::error::hint::{self, Hint};
use crate::error::{Cause, ReturnCode};
use crate::id::VgpuInstanceId;
use crate::query::{Device, GpuInstance};

/// What a call about a GPU instance needs beyond a vGPU host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VgpuCall {
    /// Nothing: types, active vGPUs.
    List,
    /// That vGPUs can share the GPU instance.
    Shared,
    /// That, and heterogeneous mode.
    Placements,
    /// That they can share it, and that none does.
    Change,
}

/// Explains a failed call about the vGPUs of a GPU instance.
pub(crate) fn vgpus(instance: &GpuInstance, code: ReturnCode, call: VgpuCall) -> Option<Hint> {
    match code {
        ReturnCode::NotSupported => no_vgpus_here(instance.device())
            .or_else(|| not_shared(instance.device(), call))
            .or_else(|| not_heterogeneous(instance, call))
            .or_else(|| in_use(instance, call)),
        ReturnCode::InUse => in_use(instance, call),
        ReturnCode::InvalidArgument | ReturnCode::NotFound if instance.check().is_err() => {
            Some(hint::gone())
        }
        ReturnCode::InvalidArgument if call == VgpuCall::Placements => Some(no_such_type()),
        other => hint::general(other),
    }
}

/// Explains a failed call about a vGPU type.
pub(crate) fn vgpu_type(device: &Device, code: ReturnCode) -> Option<Hint> {
    match code {
        ReturnCode::NotSupported => no_vgpus_here(device),
        ReturnCode::InvalidArgument => Some(no_such_type()),
        other => hint::general(other),
    }
}

/// Explains a failed call about a vGPU.
pub(crate) fn vgpu_instance(device: &Device, code: ReturnCode) -> Option<Hint> {
    match code {
        ReturnCode::NotFound | ReturnCode::InvalidArgument => no_vgpus_here(device).or_else(|| {
            Some(Cause::Gone.hint("no vGPU has this id: its virtual machine was stopped"))
        }),
        ReturnCode::NotSupported => no_vgpus_here(device),
        other => hint::general(other),
    }
}

fn no_such_type() -> Hint {
    Cause::NoSuchVgpuType.hint("the GPUs of this vGPU host have no vGPU type with this number")
}

/// Returns why a GPU has no vGPUs on GPU instances at all.
fn no_vgpus_here(device: &Device) -> Option<Hint> {
    if device.is_vgpu_guest() {
        return Some(hint::vgpu_guest());
    }
    if device.is_pass_through() {
        return Some(Cause::NotVgpuHost.hint(
            "this is a virtual machine with a GPU passed through to it: only a host has vGPUs",
        ));
    }
    if !device.is_vgpu_host_or_unknown() {
        return Some(Cause::NotVgpuHost.hint(
            "this is no vGPU host: its driver is not the one of NVIDIA's Virtual GPU Manager",
        ));
    }
    no_mig_here(device)
}

/// Returns why vGPUs can't share GPU instances of a vGPU host.
fn not_shared(device: &Device, call: VgpuCall) -> Option<Hint> {
    let architecture = device.architecture_or_failure().ok()?;
    let is_old = u32::from(architecture) < u32::from(Architecture::Blackwell);
    (is_old && call != VgpuCall::List).then(|| {
        Cause::GenerationTooOld.hint(format!(
            "vGPUs can share a GPU instance only on chips GB20x and newer, and this GPU is of the generation {architecture}"
        ))
    })
}

fn not_heterogeneous(instance: &GpuInstance, call: VgpuCall) -> Option<Hint> {
    let is_off = instance.vgpu_heterogeneous_mode_or_failure() == Ok(false);
    (is_off && call == VgpuCall::Placements).then(|| {
        Cause::HeterogeneousModeOff.hint(
            "vGPUs have placements only in heterogeneous mode, which is off on this GPU instance",
        )
    })
}

/// Lists the vGPUs that prevent a change.
fn in_use(instance: &GpuInstance, call: VgpuCall) -> Option<Hint> {
    let vgpus = instance.active_vgpus_or_failure().ok()?;
    (call == VgpuCall::Change && !vgpus.is_empty()).then(|| {
        Cause::InUse.hint(format!(
            "it is in use by {}: shut their virtual machines down first",
            names(&vgpus).join(", ")
        ))
    })
}

/// Such as `vGPU 3251634178`.
pub(super) fn names(vgpus: &[VgpuInstanceId]) -> Vec<String> {
    vgpus.iter().map(|id| format!("vGPU {id}")).collect()
}
