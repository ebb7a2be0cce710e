//! On compute instances and their profiles.

use super::{GONE, general, processes};
use crate::compute_instance::ComputeInstance;
use crate::gpu_instance::GpuInstance;
use crate::id::ComputeInstanceProfileId;
use crate::placement::ComputeInstancePlacement;
use crate::process::ComputeProcess;
use crate::profile_list;
use crate::return_code::ReturnCode;

/// On asking about a compute instance profile, and on listing compute instances.
pub(crate) fn compute_instance_profile(instance: &GpuInstance, code: ReturnCode) -> Option<String> {
    match code {
        ReturnCode::NotSupported => Some(supported_compute_instances(instance)),
        ReturnCode::InvalidArgument => Some(
            "this driver knows no such profile, or the GPU instance does not exist any more"
                .to_owned(),
        ),
        other => general(other),
    }
}

fn supported_compute_instances(instance: &GpuInstance) -> String {
    match instance.compute_instance_profiles_or_failure() {
        Ok(profiles) => format!("this GPU instance has {}", profile_list::names(&profiles)),
        Err(_) => "this GPU instance does not have the profile".to_owned(),
    }
}

/// On making a compute instance.
pub(crate) fn create_compute_instance(
    instance: &GpuInstance,
    code: ReturnCode,
    profile: ComputeInstanceProfileId,
    placement: Option<ComputeInstancePlacement>,
) -> Option<String> {
    match (code, placement) {
        (ReturnCode::InsufficientResources, _) | (ReturnCode::InUse, Some(_)) => Some(format!(
            "no room; {}; destroy what is in the way (`nvidia-smi mig -dci`)",
            what_is_in(instance)
        )),
        (ReturnCode::NotSupported, _) => Some(supported_compute_instances(instance)),
        (ReturnCode::InvalidArgument, Some(_)) => possible_compute_placements(instance, profile),
        (ReturnCode::InvalidArgument, None) => Some(GONE.to_owned()),
        (other, _) => general(other),
    }
}

fn possible_compute_placements(
    instance: &GpuInstance,
    profile: ComputeInstanceProfileId,
) -> Option<String> {
    let possible = instance
        .compute_instance_possible_placements(profile)
        .ok()?;
    let possible: Vec<String> = possible.iter().map(ToString::to_string).collect();
    Some(format!(
        "this profile can stand only at {}",
        possible.join(", ")
    ))
}

fn what_is_in(instance: &GpuInstance) -> String {
    let Ok(compute_instances) = instance.compute_instances_or_failure() else {
        return "which compute instances are in it could not be read".to_owned();
    };
    if compute_instances.is_empty() {
        return "there is no compute instance in it now".to_owned();
    }
    let describe = |compute_instance: &ComputeInstance| {
        let profile = instance.describe_compute_instance_profile(compute_instance.profile_id());
        let placement = compute_instance.placement();
        format!(
            "compute instance {}: profile {profile} at {placement}",
            compute_instance.id()
        )
    };
    let all: Vec<String> = compute_instances.iter().map(describe).collect();
    format!("now in it: {}", all.join("; "))
}

/// On looking up a compute instance.
pub(crate) fn compute_instance_by_id(instance: &GpuInstance, code: ReturnCode) -> Option<String> {
    match code {
        ReturnCode::NotFound => Some(what_is_in(instance)),
        other => compute_instance_profile(instance, other),
    }
}

/// On destroying a compute instance.
pub(crate) fn destroy_compute_instance(
    instance: &ComputeInstance,
    code: ReturnCode,
) -> Option<String> {
    match code {
        ReturnCode::InUse => Some(users_of(instance)),
        ReturnCode::InvalidArgument | ReturnCode::NotFound => Some(GONE.to_owned()),
        other => general(other),
    }
}

/// Who keeps a compute instance from being destroyed.
fn users_of(instance: &ComputeInstance) -> String {
    let ids = (Some(instance.gpu_instance_id()), Some(instance.id()));
    let runs_on_it =
        |process: &ComputeProcess| (process.gpu_instance_id, process.compute_instance_id) == ids;
    let users = processes(instance.device(), runs_on_it);
    if users.is_empty() {
        return "processes run on it: stop them first".to_owned();
    }
    format!("{} run on it: stop these first", users.join(", "))
}
