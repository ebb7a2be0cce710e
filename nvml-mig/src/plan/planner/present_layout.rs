//! Converts existing instances to a layout.

use super::{PresentComputeInstance, PresentGpuInstance};
use crate::plan::gpu_model::{GpuInstanceProfileModel, GpuModel};
use crate::plan::layout::{Layout, LayoutComputeInstance, LayoutGpuInstance, LayoutProfile};
use crate::profile::ProfileName;

/// Returns the layout of the existing instances, with the starts of GPU instances if `starts` is set. Instances whose
/// profiles the model lacks are omitted.
pub(crate) fn layout_of(model: &GpuModel, present: &[PresentGpuInstance], starts: bool) -> Layout {
    let entry = |present: &PresentGpuInstance| {
        let profile = model.profile_by_id(present.profile()).ok()?;
        let entry = gpu_instance(model, profile, present);
        Some(if starts {
            entry.with_start(present.placement().start)
        } else {
            entry
        })
    };
    present.iter().filter_map(entry).collect()
}

fn gpu_instance(
    model: &GpuModel,
    profile: &GpuInstanceProfileModel,
    present: &PresentGpuInstance,
) -> LayoutGpuInstance {
    let entry = LayoutGpuInstance::new(name(model, profile));
    let default = profile.compute_instance_profile_of_slices(profile.slice_count);
    match (present.compute_instances(), default) {
        // The default compute instance has only one place.
        ([only], Ok(default)) if only.profile() == default.id => entry,
        (present, _) => {
            let inside = present
                .iter()
                .map(|inside| compute_instance(profile, inside));
            entry.with_compute_instances(inside)
        }
    }
}

/// Returns an entry by the number of slices if that selects the same profile, otherwise by profile id.
fn compute_instance(
    profile: &GpuInstanceProfileModel,
    inside: &PresentComputeInstance,
) -> LayoutComputeInstance {
    let own = profile.compute_instance_profile_by_id(inside.profile());
    let slices = own.map(|own| own.slice_count).ok().filter(|slices| {
        let read = profile.compute_instance_profile_of_slices(*slices);
        read.is_ok_and(|read| read.id == inside.profile())
    });
    let entry = match slices {
        Some(slices) => LayoutComputeInstance::slices(slices),
        None => LayoutComputeInstance::id(inside.profile()),
    };
    entry.with_start(inside.placement().start)
}

/// Returns the name of the profile if it selects the same profile, otherwise the id.
fn name(model: &GpuModel, profile: &GpuInstanceProfileModel) -> LayoutProfile {
    let reads_as_it = |name: &ProfileName| {
        let found = model.profile_named(*name);
        found.is_ok_and(|found| found.id == profile.id)
    };
    let name = profile.name.parsed().filter(reads_as_it);
    name.map_or_else(|| profile.id.into(), Into::into)
}
