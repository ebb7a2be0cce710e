//! Hints for failed calls about GPU instances and their profiles.

use super::device::{in_use, no_mig_here, nvidia_smi_id, processes};
use super::vgpu;
use crate::error::hint::{self, Hint};
use crate::error::{Cause, ReturnCode};
use crate::id::GpuInstanceProfileId;
use crate::placement::GpuInstancePlacement;
use crate::profile::{GpuInstanceProfileInfo, find};
use crate::query::{ComputeInstance, Device, GpuInstance};

/// Explains a failed query of a GPU instance profile by its number. If the driver lists profiles while MIG mode is off,
/// `NOT_SUPPORTED` refers to the profile and not to the mode.
pub(crate) fn gpu_instance_profile(device: &Device, code: ReturnCode) -> Option<Hint> {
    match code {
        ReturnCode::NotSupported => match device.last_gpu_instance_profiles() {
            Ok(profiles) => Some(not_among(&profiles)),
            Err(_) => no_mig_here(device),
        },
        ReturnCode::InvalidArgument => {
            Some(Cause::NoSuchProfile.hint("this driver does not know a profile with this number"))
        }
        other => hint::general(other),
    }
}

/// Explains a failed query of the placements of a GPU instance profile.
pub(crate) fn gpu_instance_profile_id(device: &Device, code: ReturnCode) -> Option<Hint> {
    match code {
        ReturnCode::InvalidArgument => Some(no_such_profile(device)),
        ReturnCode::NotSupported => no_mig_here(device).or_else(|| Some(no_such_profile(device))),
        other => hint::general(other),
    }
}

/// Lists the profiles of the GPU, which lacks the requested one.
fn no_such_profile(device: &Device) -> Hint {
    match device.last_gpu_instance_profiles() {
        Ok(profiles) => not_among(&profiles),
        Err(_) => Cause::NoSuchProfile.hint("this GPU does not have the profile"),
    }
}

fn not_among(profiles: &[GpuInstanceProfileInfo]) -> Hint {
    Cause::NoSuchProfile.hint(format!("this GPU has {}", find::names(profiles)))
}

/// Explains a failed creation of a GPU instance.
pub(crate) fn create_gpu_instance(
    device: &Device,
    code: ReturnCode,
    profile: GpuInstanceProfileId,
    placement: Option<GpuInstancePlacement>,
) -> Option<Hint> {
    match code {
        ReturnCode::InsufficientResources => Some(no_room(device, &what_is_there(device))),
        ReturnCode::InvalidArgument => Some(wrong_request(device, profile, placement)),
        ReturnCode::NotSupported => no_mig_here(device),
        ReturnCode::InUse => Some(users_of_gpu(device)),
        other => hint::general(other),
    }
}

/// The commands name the GPU and the instance: without them, nvidia-smi destroys all that are idle.
fn no_room(device: &Device, existing: &str) -> Hint {
    let gpu = nvidia_smi_id(device);
    Cause::NoRoom.hint(format!(
        "no room; {existing}; to make room, destroy one that nobody needs: its compute instances \
         (`nvidia-smi mig -i {gpu} -gi ID -dci`), then itself (`nvidia-smi mig -i {gpu} -gi ID -dgi`)"
    ))
}

/// The same for instances that were read already.
#[cfg(feature = "preflight")]
pub(crate) fn no_room_beside<'a>(
    device: &Device,
    instances: impl Iterator<Item = &'a GpuInstance>,
) -> Hint {
    let instances: Vec<&GpuInstance> = instances.collect();
    no_room(device, &list(device, &instances))
}

/// Lists the processes that keep a GPU from being partitioned.
pub(crate) fn users_of_gpu(device: &Device) -> Hint {
    in_use(Vec::new(), processes(device, |_| true), |users| {
        format!("the whole GPU is in use by {users}: stop these first")
    })
}

fn wrong_request(
    device: &Device,
    profile: GpuInstanceProfileId,
    placement: Option<GpuInstancePlacement>,
) -> Hint {
    let possible = device.gpu_instance_possible_placements_or_failure(profile);
    match (placement, possible) {
        (Some(_), Ok(possible)) if !possible.is_empty() => {
            let possible: Vec<String> = possible.iter().map(ToString::to_string).collect();
            let text = format!("this profile fits only at {}", possible.join(", "));
            Cause::ImpossiblePlacement.hint(text)
        }
        _ => no_such_profile(device),
    }
}

/// Such as `existing instances: GPU instance 0: profile 4g.24gb (id 0) at 0:4`.
pub(super) fn what_is_there(device: &Device) -> String {
    let Ok(instances) = device.gpu_instances_or_failure() else {
        return "the existing GPU instances could not be read".to_owned();
    };
    list(device, &instances.iter().collect::<Vec<_>>())
}

fn list(device: &Device, instances: &[&GpuInstance]) -> String {
    if instances.is_empty() {
        return "no GPU instance exists".to_owned();
    }
    let profiles = device.last_gpu_instance_profiles();
    let profiles = profiles.as_deref().unwrap_or_default();
    let describe = |instance: &&GpuInstance| {
        let profile = find::describe_id(instance.profile_id(), profiles);
        let placement = instance.placement();
        format!(
            "GPU instance {}: profile {profile} at {placement}",
            instance.id()
        )
    };
    let instances: Vec<String> = instances.iter().map(describe).collect();
    format!("existing instances: {}", instances.join("; "))
}

/// Explains a failed lookup of a GPU instance.
pub(crate) fn gpu_instance_by_id(device: &Device, code: ReturnCode) -> Option<Hint> {
    match code {
        ReturnCode::NotFound => Some(Cause::Gone.hint(what_is_there(device))),
        ReturnCode::NotSupported => no_mig_here(device),
        other => hint::general(other),
    }
}

/// Explains a failed destruction of a GPU instance.
pub(crate) fn destroy_gpu_instance(instance: &GpuInstance, code: ReturnCode) -> Option<Hint> {
    match code {
        ReturnCode::InUse => Some(users_of(instance)),
        ReturnCode::InvalidArgument | ReturnCode::NotFound => Some(hint::gone()),
        ReturnCode::Success => Some(hint::not_destroyed()),
        other => hint::general(other),
    }
}

/// Lists the compute instances and processes that keep a GPU instance in use.
fn users_of(instance: &GpuInstance) -> Hint {
    let compute_instances = instance.compute_instances_or_failure().unwrap_or_default();
    let describe = |instance: &ComputeInstance| format!("compute instance {}", instance.id());
    let inside = compute_instances.iter().map(describe);
    // Only a vGPU host answers this.
    let vgpus = instance.active_vgpus_or_failure().unwrap_or_default();
    let inside = inside.chain(vgpu::names(&vgpus)).collect();
    let processes = processes(instance.device(), |process| {
        process.gpu_instance_id.is_none_or(|on| on == instance.id())
    });
    in_use(inside, processes, |users| {
        let first = if vgpus.is_empty() {
            "destroy compute instances and stop processes first"
        } else {
            "destroy compute instances, stop processes and shut the virtual machines of vGPUs down first"
        };
        format!("it still has {users}: {first}")
    })
}
