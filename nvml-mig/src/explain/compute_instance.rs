//! Hints for failed calls about compute instances and their profiles.

use super::device::{in_use, nvidia_smi_id, processes};
use crate::driver::call::Failure;
use crate::error::hint::{self, Hint};
use crate::error::{Cause, ReturnCode};
use crate::id::ComputeInstanceProfileId;
use crate::placement::ComputeInstancePlacement;
use crate::profile::find;
use crate::query::{ComputeInstance, GpuInstance, ProcessInfo};

/// Explains a failed query of a compute instance profile, or of the list of compute instances.
pub(crate) fn compute_instance_profile(instance: &GpuInstance, code: ReturnCode) -> Option<Hint> {
    match code {
        ReturnCode::NotSupported => Some(no_such_profile(instance)),
        ReturnCode::InvalidArgument if is_gone(instance) => Some(hint::gone()),
        ReturnCode::InvalidArgument => {
            Some(Cause::NoSuchProfile.hint("this driver does not know this profile"))
        }
        other => hint::general(other),
    }
}

fn is_gone(instance: &GpuInstance) -> bool {
    instance.check().is_err_and(Failure::is_gone)
}

/// Lists the profiles of the GPU instance, which lacks the requested one.
fn no_such_profile(instance: &GpuInstance) -> Hint {
    Cause::NoSuchProfile.hint(match instance.last_compute_instance_profiles() {
        Ok(profiles) => format!("this GPU instance has {}", find::names(&profiles)),
        Err(_) => "this GPU instance does not have the profile".to_owned(),
    })
}

/// Explains a failed creation of a compute instance.
pub(crate) fn create_compute_instance(
    instance: &GpuInstance,
    code: ReturnCode,
    profile: ComputeInstanceProfileId,
    placement: Option<ComputeInstancePlacement>,
) -> Option<Hint> {
    match (code, placement) {
        (ReturnCode::InsufficientResources, _) => Some(no_room(instance)),
        (ReturnCode::InUse, placement) => Some(occupied(instance, placement)),
        (ReturnCode::InvalidArgument, Some(_)) if !is_gone(instance) => {
            impossible_placement(instance, profile)
        }
        (other, _) => compute_instance_profile(instance, other),
    }
}

/// Explains `IN_USE`: another compute instance has slices of the placement, or something else holds the GPU instance.
fn occupied(instance: &GpuInstance, placement: Option<ComputeInstancePlacement>) -> Hint {
    let existing = instance.compute_instances_or_failure();
    let is_free = |placement: ComputeInstancePlacement| {
        let mut existing = existing.iter().flatten();
        existing.all(|existing| !existing.placement().overlaps(placement))
    };
    if placement.is_some_and(|placement| existing.is_err() || !is_free(placement)) {
        return no_room(instance);
    }
    let processes = processes(instance.device(), |process| {
        process.gpu_instance_id.is_none_or(|on| on == instance.id())
    });
    in_use(Vec::new(), processes, |users| {
        format!("its GPU instance is in use by {users}: stop these first")
    })
}

/// The command names the GPU and the instances: without them, nvidia-smi destroys all that are idle.
fn no_room(instance: &GpuInstance) -> Hint {
    let existing = what_is_in(instance);
    let gpu = nvidia_smi_id(instance.device());
    let id = instance.id();
    Cause::NoRoom.hint(format!(
        "no room; {existing}; to make room, destroy one that nobody needs (`nvidia-smi mig -i {gpu} -gi {id} -ci ID -dci`)"
    ))
}

fn impossible_placement(instance: &GpuInstance, profile: ComputeInstanceProfileId) -> Option<Hint> {
    let possible = instance
        .compute_instance_possible_placements_or_failure(profile)
        .ok()?;
    let possible: Vec<String> = possible.iter().map(ToString::to_string).collect();
    let text = format!("this profile fits only at {}", possible.join(", "));
    Some(Cause::ImpossiblePlacement.hint(text))
}

fn what_is_in(instance: &GpuInstance) -> String {
    let Ok(compute_instances) = instance.compute_instances_or_failure() else {
        return "its compute instances could not be read".to_owned();
    };
    if compute_instances.is_empty() {
        return "it has no compute instance".to_owned();
    }
    let profiles = instance.last_compute_instance_profiles();
    let profiles = profiles.as_deref().unwrap_or_default();
    let describe = |compute_instance: &ComputeInstance| {
        let profile = find::describe_id(compute_instance.profile_id(), profiles);
        format!(
            "compute instance {}: profile {profile} at {}",
            compute_instance.id(),
            compute_instance.placement()
        )
    };
    let all: Vec<String> = compute_instances.iter().map(describe).collect();
    format!("existing instances: {}", all.join("; "))
}

/// Explains a failed lookup of a compute instance.
pub(crate) fn compute_instance_by_id(instance: &GpuInstance, code: ReturnCode) -> Option<Hint> {
    match code {
        ReturnCode::NotFound => Some(Cause::Gone.hint(what_is_in(instance))),
        other => compute_instance_profile(instance, other),
    }
}

/// Explains a failed destruction of a compute instance.
pub(crate) fn destroy_compute_instance(
    instance: &ComputeInstance,
    code: ReturnCode,
) -> Option<Hint> {
    match code {
        ReturnCode::InUse => Some(users_of(instance)),
        ReturnCode::InvalidArgument | ReturnCode::NotFound => Some(hint::gone()),
        ReturnCode::Success => Some(hint::not_destroyed()),
        other => hint::general(other),
    }
}

/// Lists the processes that keep a compute instance in use.
fn users_of(instance: &ComputeInstance) -> Hint {
    let may_run_on_it = |process: &ProcessInfo| {
        let (gpu_instance, compute_instance) =
            (process.gpu_instance_id, process.compute_instance_id);
        gpu_instance.is_none_or(|on| on == instance.gpu_instance_id())
            && compute_instance.is_none_or(|on| on == instance.id())
    };
    let processes = processes(instance.device(), may_run_on_it);
    in_use(Vec::new(), processes, |users| {
        format!("it is in use by {users}: stop these first")
    })
}
