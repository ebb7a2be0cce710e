//! On GPU instances and their profiles.

use super::{GONE, general, no_mig_here, processes};
use crate::device::Device;
use crate::gpu_instance::GpuInstance;
use crate::id::GpuInstanceProfileId;
use crate::placement::GpuInstancePlacement;
use crate::profile_list;
use crate::return_code::ReturnCode;

/// On asking about a GPU instance profile.
pub(crate) fn gpu_instance_profile(device: &Device, code: ReturnCode) -> Option<String> {
    match code {
        ReturnCode::NotSupported => {
            no_mig_here(device).or_else(|| Some(unknown_gpu_instance_profile(device)))
        }
        ReturnCode::InvalidArgument => {
            Some("this driver knows no profile of this number".to_owned())
        }
        other => general(other),
    }
}

/// For a profile that the GPU does not have: those that it has.
pub(crate) fn unknown_gpu_instance_profile(device: &Device) -> String {
    match device.gpu_instance_profiles_or_failure() {
        Ok(profiles) => format!("this GPU has {}", profile_list::names(&profiles)),
        Err(_) => "this GPU does not have the profile".to_owned(),
    }
}

/// On making a GPU instance.
pub(crate) fn create_gpu_instance(
    device: &Device,
    code: ReturnCode,
    profile: GpuInstanceProfileId,
    placement: Option<GpuInstancePlacement>,
) -> Option<String> {
    match code {
        ReturnCode::InsufficientResources => Some(format!(
            "no room; {}; destroy what is in the way: compute instances first (`nvidia-smi mig -dci`), then GPU \
             instances (`nvidia-smi mig -dgi`)",
            what_is_there(device)
        )),
        ReturnCode::InvalidArgument => Some(wrong_gpu_instance(device, profile, placement)),
        ReturnCode::NotSupported => no_mig_here(device),
        ReturnCode::InUse => Some(users_of_gpu(device)),
        other => general(other),
    }
}

/// Who keeps a GPU from being partitioned.
fn users_of_gpu(device: &Device) -> String {
    let users = processes(device, |_| true);
    if users.is_empty() {
        return "programs use the whole GPU: stop them first; monitoring and persistence services count".to_owned();
    }
    format!(
        "the whole GPU is in use by {}: stop these first",
        users.join(", ")
    )
}

fn wrong_gpu_instance(
    device: &Device,
    profile: GpuInstanceProfileId,
    placement: Option<GpuInstancePlacement>,
) -> String {
    match (
        placement,
        device.gpu_instance_possible_placements_or_failure(profile),
    ) {
        (Some(_), Ok(possible)) if !possible.is_empty() => {
            let possible: Vec<String> = possible.iter().map(ToString::to_string).collect();
            format!("this profile can stand only at {}", possible.join(", "))
        }
        _ => unknown_gpu_instance_profile(device),
    }
}

/// Such as `now there: GPU instance 0: profile 4g.24gb (id 0) at 0:4`.
pub(super) fn what_is_there(device: &Device) -> String {
    let Ok(instances) = device.gpu_instances_or_failure() else {
        return "which GPU instances are there could not be read".to_owned();
    };
    if instances.is_empty() {
        return "there is no GPU instance now".to_owned();
    }
    let describe = |instance: &GpuInstance| {
        let profile = device.describe_profile(instance.profile_id());
        format!(
            "GPU instance {}: profile {profile} at {}",
            instance.id(),
            instance.placement()
        )
    };
    let instances: Vec<String> = instances.iter().map(describe).collect();
    format!("now there: {}", instances.join("; "))
}

/// On looking up a GPU instance.
pub(crate) fn gpu_instance_by_id(device: &Device, code: ReturnCode) -> Option<String> {
    match code {
        ReturnCode::NotFound => Some(what_is_there(device)),
        ReturnCode::NotSupported => no_mig_here(device),
        other => general(other),
    }
}

/// On destroying a GPU instance.
pub(crate) fn destroy_gpu_instance(instance: &GpuInstance, code: ReturnCode) -> Option<String> {
    match code {
        ReturnCode::InUse => Some(format!(
            "{}; destroy or stop these first",
            users_of(instance)
        )),
        ReturnCode::InvalidArgument | ReturnCode::NotFound => Some(GONE.to_owned()),
        other => general(other),
    }
}

/// Who keeps a GPU instance from being destroyed.
fn users_of(instance: &GpuInstance) -> String {
    let compute_instances = instance.compute_instances_or_failure().unwrap_or_default();
    let ids = compute_instances
        .iter()
        .map(|instance| format!("compute instance {}", instance.id()));
    let id = Some(instance.id());
    let users: Vec<String> = ids
        .chain(processes(instance.device(), |process| {
            process.gpu_instance_id == id
        }))
        .collect();
    if users.is_empty() {
        return "somebody uses it".to_owned();
    }
    format!("it still has {}", users.join(", "))
}
